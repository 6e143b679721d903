"""Calls of telephone systems: each event recorded once, in any order."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID, uuid5

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from datetime import datetime

    from services.intake.handlers import Intake
    from services.runtime.database import Connection

CALLS = UUID("3c1c1d3e-8a44-5d59-9b3b-0e54a3a8e0f2")
"""Name space of the drafts that calls open."""
LOOKED_BACK = timedelta(hours=1)
STILL_WAITING = timedelta(hours=2)
"""A call neither answered nor ended for so long has ended; its event was lost."""
RECORD_SQL = """
insert into telephone_calls as c (system, call, rang_at, answered_at, ended_at, answered_by, caller)
values (%(system)s, %(call)s, %(rang)s, %(answered)s, %(ended)s, %(agent)s, %(caller)s)
on conflict (system, call) do update
set rang_at = coalesce(c.rang_at, excluded.rang_at),
    answered_at = coalesce(c.answered_at, excluded.answered_at),
    ended_at = coalesce(c.ended_at, excluded.ended_at),
    answered_by = coalesce(c.answered_by, excluded.answered_by),
    caller = coalesce(c.caller, excluded.caller)
returning caller, answered_by, draft_id
"""
WAIT_SQL = """
select percentile_cont(0.5) within group (order by extract(epoch from answered_at - rang_at))
         filter (where answered_at is not null),
       count(*) filter (where answered_at is not null),
       count(*) filter (where answered_at is null and ended_at is not null),
       count(*) filter (where answered_at is null and ended_at is null and rang_at >= %(recent)s)
from telephone_calls where rang_at >= %(since)s
"""


class CallEvent(BaseModel):
    """An event of a telephone call. `id` is the system's own id of this message."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, Field(min_length=1, max_length=200)]
    event: Literal["newCall", "answer", "hangup"]
    call: Annotated[str, Field(min_length=1, max_length=200)]
    at: AwareDatetime | None = None
    caller: Annotated[str, Field(max_length=40)] | None = None
    agent: Annotated[str, Field(max_length=60)] | None = None
    """The account of the call taker who answered."""


async def record_event(
    intake: Intake, connection: Connection, system: str, event: CallEvent, now: datetime
) -> UUID | None:
    """Record the event once; gives the draft opened by an answered call, or None."""
    cursor = await connection.execute(
        "insert into telephone_told values (%s, %s, %s) on conflict do nothing",
        [system, event.id, now],
    )
    if not cursor.rowcount:
        return None
    place = f"telephone-call/{system}/{event.call}"
    sealed = intake.keyring.encrypt(event.caller.encode(), place) if event.caller else None
    at = min(event.at or now, now)
    cursor = await connection.execute(
        RECORD_SQL,
        {
            "system": system,
            "call": event.call,
            "caller": sealed,
            "agent": event.agent,
            "rang": at if event.event == "newCall" else None,
            "answered": at if event.event == "answer" else None,
            "ended": at if event.event == "hangup" else None,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    caller, agent, opened = row
    if event.event != "answer" or opened or not agent:
        return None
    draft_id = uuid5(CALLS, place)
    number = intake.keyring.decrypt(bytes(caller), place).decode() if caller else ""
    form = {"form_key": str(draft_id), "medium": "phone", "contact_phone": number}
    await _begin(intake, connection, draft_id, agent, form, now)
    await connection.execute(
        "update telephone_calls set draft_id = %s, caller = null where system = %s and call = %s",
        [draft_id, system, event.call],
    )
    return draft_id


async def _begin(
    intake: Intake,
    connection: Connection,
    draft_id: UUID,
    agent: str,
    form: dict[str, str],
    now: datetime,
) -> None:
    content = intake.keyring.encrypt(orjson.dumps(form), f"draft/{draft_id}")
    await connection.execute(
        "insert into drafts (draft_id, outcome, touched_at, content, taken_by)"
        " values (%s, 'none', %s, %s, %s) on conflict do nothing",
        [draft_id, now, content, agent],
    )


async def claim_draft(connection: Connection, account: str) -> UUID | None:
    """The draft of a call that this call taker answered, once; None when there is none."""
    cursor = await connection.execute(
        "update telephone_calls set opened_at = now() where (system, call) = (select system, call"
        " from telephone_calls where answered_by = %s and draft_id is not null"
        " and opened_at is null order by answered_at desc limit 1) returning draft_id",
        [account],
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def is_waiting(connection: Connection, account: str) -> bool:
    """Whether a call answered by this call taker has a draft that is not on the screen yet."""
    cursor = await connection.execute(
        "select 1 from telephone_calls where answered_by = %s and draft_id is not null"
        " and opened_at is null limit 1",
        [account],
    )
    return await cursor.fetchone() is not None


async def waits(connection: Connection, now: datetime) -> dict[str, Any]:
    """The expected wait in seconds and the numbers of calls of the last hour."""
    cursor = await connection.execute(
        WAIT_SQL, {"since": now - LOOKED_BACK, "recent": now - STILL_WAITING}
    )
    row = await cursor.fetchone()
    assert row is not None
    median, answered, abandoned, waiting = row
    ended = answered + abandoned
    return {
        "expected_wait_seconds": round(median) if median is not None else None,
        "waiting": waiting,
        "answered": answered,
        "abandoned": abandoned,
        "abandoned_share": round(abandoned / ended, 3) if ended else None,
    }
