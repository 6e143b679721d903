"""Records reads: one function a kind of read, each committed when it returns."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast
from uuid import UUID, uuid5

from events.access import (
    CaseViewed,
    ExportMade,
    ListingViewed,
    PersonalDataRevealed,
    ReplayRun,
    SignedIn,
    SignedOut,
    SignInRefused,
)
from events.codec import decode
from events.envelope import Cause, CauseKind, Purpose
from services.runtime.clock import new_id, now
from services.runtime.event_store import Decided, EventStore, Occasion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from events.access import AccessEvent
    from services.access.reader import Reader
    from services.runtime.database import Connection, Pool
    from services.runtime.wake import Wake

OUTBOX = "access.outbox"
READS = UUID("6f0f7d52-0b35-5d0e-9a56-1c8e6f1f0a77")
"""Name space of reads that are recorded once a session."""
HANDLER = "record"
REVEAL_LASTS = timedelta(minutes=15)
MOST_RECORDS = 500
"""Ids in one event; with their numbers they stay well below an event's 60,000 bytes."""
REVEALS_SQL = """
select body from events
where stream_id = %s and type like 'access.personal-data-revealed.%%' and recorded_at > %s
order by version
"""


@dataclass(frozen=True, slots=True)
class Access:
    """What recording needs; built once in each composition root."""

    pool: Pool
    events: EventStore
    wake: Wake
    account_key: bytes

    async def viewed(self, reader: Reader, number: str, records: Sequence[UUID]) -> bool:
        """A record was read; False when this session had read it before. `records`: its call, if
        there is one, then its reports."""
        event = CaseViewed(role=reader.role, number=number, records=tuple(records[:MOST_RECORDS]))
        return await self._record(reader, event, once=f"viewed/{records[0]}")

    async def listed(
        self, reader: Reader, listing: str, asked: Mapping[str, str], cursor: str | None, count: int
    ) -> bool:
        """A page of a listing was read. What was asked for must not hold personal values."""
        event = ListingViewed(
            role=reader.role, listing=listing, filter=dict(asked), cursor=cursor, count=count
        )
        return await self._record(reader, event, once=f"{listing}?{sorted(asked.items())}&{cursor}")

    async def searched(self, reader: Reader, kind: str, count: int) -> None:
        """Somebody looked for a telephone number, an address or a plate: which is not kept, since
        a hash of it could be guessed by whoever has its key."""
        event = ListingViewed(
            role=reader.role, listing="search", filter={"kind": kind}, cursor=None, count=count
        )
        await self._record(reader, event)

    async def revealed(self, reader: Reader, event: PersonalDataRevealed) -> None:
        """Personal values are about to be shown."""
        await self._record(reader, event)

    async def exported(
        self,
        reader: Reader,
        form: str,
        records: Sequence[tuple[str, UUID]],
        *,
        fields: Sequence[str] = (),
        digest: str | None = None,
    ) -> None:
        """Records, as (number, id of the call or report), are about to leave as a file.

        `fields` names the personal fields that are in the clear in it.
        """
        pages = [records[n : n + MOST_RECORDS] for n in range(0, len(records), MOST_RECORDS)] or [
            ()
        ]
        for part, page in enumerate(pages, 1):
            event = ExportMade(
                role=reader.role,
                form=form,
                numbers=tuple(number for number, _ in page),
                records=tuple(record for _, record in page),
                fields=tuple(fields),
                digest=digest,
                part=part,
                parts=len(pages),
            )
            await self._record(reader, event)

    async def replayed(
        self,
        reader: Reader,
        replay: str,
        *,
        number: str | None = None,
        records: Sequence[UUID] = (),
        as_of: str | None = None,
        through_position: int | None = None,
    ) -> bool:
        """History was replayed; the same question in the same session is recorded once."""
        event = ReplayRun(
            role=reader.role,
            replay=replay,
            number=number,
            records=tuple(records[:MOST_RECORDS]),
            as_of=as_of,
            through_position=through_position,
        )
        record = records[0] if records else number
        return await self._record(reader, event, once=f"{replay}/{record}/{as_of}")

    async def rebuilt(self, reader: Reader, view: str, verb: str) -> None:
        """Somebody is about to have a view replayed, or to serve or drop what was; every time."""
        await self._record(reader, ReplayRun(role=reader.role, replay=f"rebuild {view}: {verb}"))

    async def signed_in(self, reader: Reader, method: str) -> None:
        """A session began."""
        await self._record(reader, SignedIn(role=reader.role, method=method))

    async def signed_out(self, reader: Reader) -> None:
        """A session ended."""
        await self._record(reader, SignedOut(role=reader.role))

    async def sign_in_refused(self, reader: Reader, event: SignInRefused) -> None:
        """Somebody did not get in."""
        await self._record(reader, event)

    def hash_of(self, account: str) -> str:
        """What stands for an account name that we do not have."""
        return hmac.digest(self.account_key, account.encode(), "sha256").hex()[:32]

    async def reveals(
        self, reader: Reader, records: Sequence[UUID], moment: datetime
    ) -> list[PersonalDataRevealed]:
        """The reveals of a record that are in force for this session."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(REVEALS_SQL, [reader.stream, moment - REVEAL_LASTS])
            bodies = [bytes(row[0]) for row in await cursor.fetchall()]
        reveals = [cast("PersonalDataRevealed", decode(body).data) for body in bodies]
        wanted = set(records)
        return [each for each in reveals if each.until > moment and wanted & set(each.records)]

    async def _record(self, reader: Reader, event: AccessEvent, *, once: str | None = None) -> bool:
        """Commit the event; with `once`, only if this session has none of that name yet."""
        cause = uuid5(READS, f"{reader.stream}/{once}") if once else new_id()
        occasion = Occasion(
            reader.actor, Purpose.LIVE, Cause(CauseKind.COMMAND, cause), reader.session, HANDLER
        )
        event_id = occasion.cause.derive(f"{HANDLER}/{reader.stream}")
        async with self.pool.connection() as connection:
            if once and await _is_recorded(connection, event_id):
                return False
            async with connection.transaction():
                await connection.execute(
                    "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [reader.stream]
                )
                if once and await _is_recorded(connection, event_id):
                    return False
                decided = Decided(
                    reader.stream, await _version(connection, reader.stream), (event,), occasion
                )
                await self.events.append(connection, [decided], now())
        self.wake.notify(OUTBOX)
        return True


async def _is_recorded(connection: Connection, event_id: UUID) -> bool:
    cursor = await connection.execute("select from events where event_id = %s", [event_id])
    return await cursor.fetchone() is not None


async def _version(connection: Connection, stream_id: str) -> int:
    cursor = await connection.execute(
        "select coalesce(max(version), 0) from events where stream_id = %s", [stream_id]
    )
    row = await cursor.fetchone()
    return row[0] if row else 0
