"""Another version's rows, bytes nobody can read, events that cannot be folded: never skipped."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest

from events.casework import CallOpened
from events.codec import encode
from services.projections.rebuilds import requests
from services.projections.rebuilds.building import build
from services.projections.rebuilds.comparing import compare
from services.projections.rebuilds.copies import NEXT, OLD
from services.projections.rebuilds.progress import parked_rows, progress
from services.projections.rebuilds.requests import NotNowError
from services.projections.rebuilds.switching import switch, undo
from services.projections.runner import Runner, StoppedError
from services.projections.views.case_status import CASE_STATUS
from tests.integration.projections.rebuilding import add, add_bodies, lives, rows_of, served

if TYPE_CHECKING:
    from events.envelope import Envelope
    from services.projections.view import View
    from services.runtime.database import Connection

BY = "test"


async def rebuilt(connection: Connection, url: str, view: View = CASE_STATUS) -> None:
    await requests.begin(connection, view, BY)
    assert await build(url, view, batch=500)


async def test_rows_of_another_version_are_left_alone_until_they_are_rebuilt(
    projections: Connection, a_database: str
) -> None:
    from dataclasses import replace

    from services.projections.runner import AnotherVersionError

    history = lives()
    await add(projections, history, 200)
    await served(projections, CASE_STATUS)
    newer = replace(CASE_STATUS, version=2)
    await add(projections, history, 200)
    with pytest.raises(AnotherVersionError, match="run `blotter rebuild case-status`"):
        await Runner(newer).step(projections)
    await requests.begin(projections, newer, BY)
    assert await build(a_database, newer)
    assert await switch(projections, newer) == 400
    with pytest.raises(NotNowError, match="rows of version 1, this is version 2"):
        await undo(projections, newer)
    assert await (await served(projections, newer)).step(projections) == 0
    assert await undo(projections, CASE_STATUS) == 400, "after the code went back as well"


def _broken(envelope: Envelope) -> bytes:
    return encode(envelope).replace(b'"type":"', b'"type":7,"t":"', 1)


async def test_an_event_that_cannot_be_read_stops_the_view_and_is_never_skipped(
    projections: Connection, a_database: str
) -> None:
    history = lives()
    await add(projections, history, 150)
    (poison,) = islice(history, 1)
    await add_bodies(projections, [(poison, _broken(poison))])
    await add(projections, history, 100)
    runner = Runner(CASE_STATUS)
    await runner.prepare(projections)
    assert await runner.step(projections) == 150
    for _ in range(2):
        with pytest.raises(StoppedError, match="at position 150"):
            await runner.step(projections)
    await requests.begin(projections, CASE_STATUS, BY)
    with pytest.raises(StoppedError, match="at position 150"):
        await build(a_database, CASE_STATUS, batch=100)
    (shown,) = [each for each in await progress(projections) if each.view == "case-status"]
    assert shown.rebuild is not None
    assert shown.rebuild.copy.failed
    assert shown.rebuild.copy.failed.endswith("at position 150")
    assert shown.rebuild.copy.position == 150


async def test_an_event_that_cannot_be_folded_parks_its_row_and_what_follows_on_it(
    projections: Connection, a_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(projections, lives(), 2000)
    cursor = await projections.execute(
        "select stream_id, min(position) from ledger where stream_id like 'call-%'"
        " group by 1 having count(*) > 4 order by 2 limit 1"
    )
    stream, opened = await cursor.fetchone() or ("", 0)
    calls = CASE_STATUS.tables[1]
    whole = calls.evolve

    def fails_at_one(row, entry):  # type: ignore[no-untyped-def]
        if entry.envelope.stream_id == stream and not isinstance(entry.envelope.data, CallOpened):
            raise ValueError("personal text that nobody may see")
        return whole(row, entry)

    object.__setattr__(calls, "evolve", fails_at_one)
    try:
        await served(projections, CASE_STATUS)
        await requests.begin(projections, CASE_STATUS, BY)
        assert await build(a_database, CASE_STATUS, batch=300)
    finally:
        object.__setattr__(calls, "evolve", whole)
    live, copy = await parked_rows(projections)
    assert (live.copy, copy.copy) == ("case-status", "case-status_next")
    assert live.key == copy.key == stream.partition("-")[2]
    assert live.reason == copy.reason == "ValueError"
    assert live.events == copy.events > 3
    assert live.position > opened
    cursor = await projections.execute(
        "select version from case_status_calls where key = %s", [live.key]
    )
    assert await cursor.fetchone() == (1,), "the row stands still where it was"
    assert (await compare(projections, CASE_STATUS)).equal
    for suffix in ("", NEXT):
        mended = Runner(CASE_STATUS, suffix)
        await mended.prepare(projections)
        assert await mended.drain(projections) == live.events
    assert await parked_rows(projections) == []
    await switch(projections, CASE_STATUS)
    await requests.drop(projections, CASE_STATUS)
    await rebuilt(projections, a_database)
    assert await rows_of(projections, CASE_STATUS, NEXT) == await rows_of(projections, CASE_STATUS)
    assert OLD not in str(await progress(projections))
