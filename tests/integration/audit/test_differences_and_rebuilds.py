"""Comparing with the ledger while views are rebuilt, switched, of another version or stuck."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from events.casework import CallOpened
from services.audit import differences
from services.audit.differences import everything, snapshot
from services.audit.refusals import CannotCompareError
from services.projections.rebuilds import requests, switching
from services.projections.rebuilds.building import build
from services.projections.rebuilds.requests import NotNowError
from services.projections.rebuilds.switching import switch
from services.projections.views import VIEWS
from services.projections.views.case_status import CASE_STATUS
from services.runtime.database import connect
from tests.integration.projections.random_histories import caught_up
from tests.integration.projections.rebuilding import add, lives, served

if TYPE_CHECKING:
    from services.runtime.database import Connection


def silent(done: int, total: int) -> None:
    """Nobody watches."""


async def test_a_copy_beside_the_served_one_and_a_switch_make_no_difference(
    projections: Connection, a_database: str
) -> None:
    await add(projections, lives(), 600)
    await caught_up(projections)
    await requests.begin(projections, CASE_STATUS, "test")
    assert await build(a_database, CASE_STATUS, batch=200)
    assert (await everything(projections, silent)).different_rows == 0
    await switch(projections, CASE_STATUS)
    assert (await everything(projections, silent)).different_rows == 0


async def test_nothing_is_switched_under_a_comparison(
    projections: Connection, a_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(switching, "ATTEMPTS", 1)
    await add(projections, lives(), 100)
    await caught_up(projections)
    await requests.begin(projections, CASE_STATUS, "test")
    assert await build(a_database, CASE_STATUS)
    async with await connect(a_database, "projections") as other:
        async with snapshot(other):
            with pytest.raises(NotNowError, match="somebody reads"):
                await switch(projections, CASE_STATUS)
        await switch(projections, CASE_STATUS)


async def test_rows_of_another_version_are_not_called_wrong(
    projections: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(projections, lives(), 100)
    await caught_up(projections)
    newer = [replace(view, version=2) if view is CASE_STATUS else view for view in VIEWS]
    with pytest.raises(CannotCompareError, match="case-status has to be rebuilt first"):
        await everything(projections, silent, newer)


async def test_a_row_that_stands_still_is_compared_as_far_as_it_goes_and_named(
    projections: Connection,
) -> None:
    await add(projections, lives(), 2000)
    cursor = await projections.execute(
        "select stream_id, min(position) from ledger where stream_id like 'call-%' and"
        " type not like 'casework.call-opened.%' group by 1 order by 2 limit 1"
    )
    stream, position = await cursor.fetchone() or ("", 0)
    calls = CASE_STATUS.tables[1]
    whole = calls.evolve

    def fails_at_one(row, entry):  # type: ignore[no-untyped-def]
        if entry.envelope.stream_id == stream and not isinstance(entry.envelope.data, CallOpened):
            raise ValueError
        return whole(row, entry)

    object.__setattr__(calls, "evolve", fails_at_one)
    try:
        await caught_up(projections)
        compared = await everything(projections, silent)
    finally:
        object.__setattr__(calls, "evolve", whole)
    key = stream.removeprefix("call-")
    assert (compared.different_rows, compared.frozen) == (0, {calls.name: {key: position}})
    mended = await everything(projections, silent)
    assert [each.key for each in mended.differences] == [key], "the view has not caught up yet"
    await (await served(projections, CASE_STATUS)).drain(projections)
    assert (await everything(projections, silent)).different_rows == 0


def test_every_table_of_every_view_is_kept_from_being_switched() -> None:
    named = {table.name for view in VIEWS for table in view.tables}
    assert {table.name for table in differences.TABLES} == named
