"""Reads are committed before they are answered, once a session, in streams without holes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, cast
from uuid import UUID

from events.access import (
    CaseViewed,
    ExportMade,
    ListingViewed,
    PersonalDataRevealed,
    ReplayRun,
    SignInRefused,
)
from events.codec import decode
from events.personal import Personal
from events.topics import Topics
from services.access.reader import Reader, operator
from services.access.recording import MOST_RECORDS, REVEAL_LASTS, Access
from services.console.refusals import MOST_A_MINUTE, Refusals
from services.runtime.clock import now
from services.runtime.keyring import unseal
from tests.integration.access.conftest import KEYRING

if TYPE_CHECKING:
    import pytest

    from events.access import AccessEvent
    from events.envelope import Envelope

CALL, REPORT, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
MORNING, EVENING = UUID(int=10), UUID(int=11)


def reader(session: UUID = MORNING, service: str = "projections") -> Reader:
    return Reader("officer-3", "officer", session, service, "console")


async def recorded(access: Access) -> list[Envelope]:
    """Every recorded read in the order of its commit."""
    async with access.pool.connection() as connection:
        cursor = await connection.execute("select body from events order by recorded_at, version")
        return [decode(bytes(row[0])) for row in await cursor.fetchall()]


async def facts(access: Access) -> list[AccessEvent]:
    return [cast("AccessEvent", each.data) for each in await recorded(access)]


def a_reveal(until_minutes: float = 15, **changes: object) -> PersonalDataRevealed:
    event = PersonalDataRevealed(
        role="officer",
        number="618-033-994",
        records=(CALL, REPORT),
        fields=("contact",),
        through_position=41,
        until=now() + timedelta(minutes=until_minutes),
        reason="other",
        explanation=Personal[str](subject=f"report-{REPORT}", value="calls back A. Person"),
    )
    return event.model_copy(update=changes)


async def test_a_record_viewed_twice_in_a_session_is_one_event(access: Access) -> None:
    assert await access.viewed(reader(), "618-033-994", [CALL, REPORT])
    assert not await access.viewed(reader(), "618-033-994", [CALL, REPORT])
    assert not await access.viewed(reader(), "26-000017", [CALL, REPORT, OTHER])
    assert await access.viewed(reader(EVENING), "618-033-994", [CALL, REPORT])
    assert await access.viewed(reader(), "618-033-995", [OTHER])
    assert len(await recorded(access)) == 3


async def test_the_event_says_who_what_and_through_which_session(access: Access) -> None:
    await access.viewed(reader(), "618-033-994", [CALL, REPORT])
    (envelope,) = await recorded(access)
    assert envelope.stream_id == f"access-projections-{MORNING}"
    assert (envelope.actor.who, envelope.actor.through) == ("officer-3", "console")
    viewed = CaseViewed(role="officer", number="618-033-994", records=(CALL, REPORT))
    assert envelope.data == viewed


async def test_what_is_recorded_is_left_for_the_relay_on_the_topic_of_access(
    access: Access,
) -> None:
    await access.viewed(reader(), "618-033-994", [CALL])
    async with access.pool.connection() as connection:
        cursor = await connection.execute(
            "select o.topic, e.topic from outbox o join events e on e.event_id = o.item_id"
        )
        assert await cursor.fetchall() == [(Topics().of("access"),) * 2]


async def test_many_reads_of_one_session_at_once_make_one_stream_without_holes(
    access: Access,
) -> None:
    cases = [UUID(int=100 + n % 20) for n in range(60)]
    made = await asyncio.gather(*(access.viewed(reader(), "n", [case]) for case in cases))
    assert sum(made) == 20
    assert sorted(each.version for each in await recorded(access)) == list(range(1, 21))


async def test_a_listing_is_recorded_once_a_page(access: Access) -> None:
    for cursor in (None, "50", "50", None):
        await access.listed(reader(), "case-status", {"desk": "property"}, cursor, 50)
    pages = [cast("ListingViewed", each) for each in await facts(access)]
    assert [(page.cursor, page.count) for page in pages] == [(None, 50), ("50", 50)]


async def test_a_reveal_is_in_force_for_its_session_record_and_time(access: Access) -> None:
    moment = now()
    await access.revealed(reader(), a_reveal())
    await access.revealed(reader(), a_reveal(until_minutes=-1))
    (found,) = await access.reveals(reader(), [REPORT], moment)
    assert found.fields == ("contact",)
    assert await access.reveals(reader(), [OTHER], moment) == []
    assert await access.reveals(reader(EVENING), [REPORT], moment) == []
    assert await access.reveals(reader(service="casework"), [REPORT], moment) == []
    assert await access.reveals(reader(), [REPORT], moment + REVEAL_LASTS * 2) == []


async def test_the_explanation_lies_under_the_key_of_the_report(access: Access) -> None:
    await access.revealed(reader(), a_reveal())
    (envelope,) = await recorded(access)
    event = cast("PersonalDataRevealed", envelope.data)
    assert event.explanation is not None
    assert event.explanation.value is None
    async with access.pool.connection() as connection:
        keys = await KEYRING.find(connection, [f"report-{REPORT}"])
    opened = cast("PersonalDataRevealed", unseal(envelope, keys).data).explanation
    assert opened is not None
    assert opened.value == "calls back A. Person"


async def test_a_large_export_is_recorded_whole_in_parts(access: Access) -> None:
    records = [(f"618-033-{n}", UUID(int=n)) for n in range(2 * MOST_RECORDS + 1)]
    await access.exported(reader(), "bundle", records, fields=["statement"], digest="ab" * 32)
    parts = [cast("ExportMade", each) for each in await facts(access)]
    assert [(each.part, each.parts, len(each.records)) for each in parts] == [
        (1, 3, MOST_RECORDS),
        (2, 3, MOST_RECORDS),
        (3, 3, 1),
    ]
    assert [pair for each in parts for pair in zip(each.numbers, each.records, strict=True)] == (
        records
    )


async def test_an_export_of_nothing_is_recorded_too(access: Access) -> None:
    await access.exported(reader(), "bundle", [])
    assert [type(each) for each in await facts(access)] == [ExportMade]


async def test_a_replay_is_recorded_once_for_each_question(access: Access) -> None:
    who = operator()
    for as_of in (None, "position 9", None):
        await access.replayed(who, "show", number="618-033-994", records=[CALL], as_of=as_of)
    replays = [cast("ReplayRun", each) for each in await facts(access)]
    assert [each.as_of for each in replays] == [None, "position 9"]


async def test_a_refused_sign_in_holds_nothing_that_was_typed(access: Access) -> None:
    refusals = Refusals(access)
    await refusals.record("hunter2 typed in the wrong box", "unknown-account")
    await refusals.record("officer", "wrong-password")
    async with access.pool.connection() as connection:
        cursor = await connection.execute("select string_agg(body::text, '') from events")
        stored = (await cursor.fetchone() or ("",))[0]
    assert b"hunter2".hex() not in stored
    unknown, known = (cast("SignInRefused", each) for each in await facts(access))
    assert (unknown.account, unknown.account_hash) == (
        None,
        access.hash_of("hunter2 typed in the wrong box"),
    )
    assert (known.account, known.account_hash) == ("officer", None)


async def test_guessing_does_not_fill_the_ledger_and_hides_nothing(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 1000.0
    monkeypatch.setattr("services.console.refusals.monotonic_seconds", lambda: moment)
    refusals = Refusals(access)
    for _ in range(MOST_A_MINUTE + 7):
        await refusals.record("officer", "wrong-password")
    assert len(await recorded(access)) == MOST_A_MINUTE
    moment += 61
    await refusals.record("officer", "wrong-password")
    last = cast("SignInRefused", (await facts(access))[-1])
    assert last.unrecorded_before == 7
