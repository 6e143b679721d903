"""A view made anew: the same rows, while the ledger grows; switched to and back without a loss."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

import pytest

from services.projections.rebuilds import requests
from services.projections.rebuilds.building import build
from services.projections.rebuilds.comparing import compare
from services.projections.rebuilds.copies import NEXT
from services.projections.rebuilds.progress import progress
from services.projections.rebuilds.requests import NotNowError, find_view
from services.projections.rebuilds.switching import switch, undo
from services.projections.runner import Runner
from services.projections.views import VIEWS
from services.projections.views.case_status import CASE_STATUS
from services.runtime.database import connect
from tests.integration.projections.rebuilding import add, lives, rows_of, served
from tests.unit.projections.random_histories import random_history

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.projections.view import View
    from services.runtime.database import Connection

BY = "test"


async def rebuilt(connection: Connection, url: str, view: View = CASE_STATUS) -> None:
    await requests.begin(connection, view, BY)
    assert await build(url, view, batch=500)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_rebuilt_view_is_the_served_one_over_random_histories(
    projections: Connection, a_database: str, seed: int
) -> None:
    chance = random.Random(seed)
    await add(projections, random_history(seed), chance.randrange(500, 3000))
    for view in VIEWS:
        live = Runner(view)
        await live.prepare(projections)
        while await live.step(projections, chance.randrange(1, 200)):
            pass
        await requests.begin(projections, view, BY)
        assert await build(a_database, view, batch=chance.randrange(50, 1500))
        rows = await rows_of(projections, view)
        assert all(rows.values())
        assert await rows_of(projections, view, NEXT) == rows
        found = await compare(projections, view)
        assert (found.equal, found.differences) == (True, ())


async def test_the_copy_has_the_same_columns_indexes_and_options(
    projections: Connection, a_database: str
) -> None:
    await add(projections, lives(), 10)
    await served(projections, CASE_STATUS)
    before = await _structure(projections, "case_status_reports")
    await rebuilt(projections, a_database)
    assert await _structure(projections, "case_status_reports_next") == before
    await switch(projections, CASE_STATUS)
    assert await _structure(projections, "case_status_reports") == before


async def test_a_copy_belongs_to_whom_the_served_rows_belong(
    projections: Connection, a_database: str
) -> None:
    role = f"served_{uuid5(NAMESPACE_URL, a_database).hex}"
    await served(projections, CASE_STATUS)
    await projections.execute(f"create role {role}".encode())
    try:
        for table in CASE_STATUS.tables:
            await projections.execute(f"alter table {table.name} owner to {role}".encode())
            await projections.execute(f"grant select on {table.name} to pg_monitor".encode())
        await rebuilt(projections, a_database)
        await switch(projections, CASE_STATUS)
        await requests.drop(projections, CASE_STATUS)
        cursor = await projections.execute(
            "select tableowner, has_table_privilege('pg_monitor', tablename, 'select')"
            " from pg_tables where tablename like 'case_status%'"
        )
        assert await cursor.fetchall() == [(role, True)] * 2
    finally:
        await projections.execute(f"reassign owned by {role} to current_user".encode())
        await projections.execute(f"drop role {role}".encode())


async def _structure(connection: Connection, table: str) -> set[str]:
    cursor = await connection.execute(
        "select attname || format_type(atttypid, 0) || attnotnull from pg_attribute"
        " where attrelid = %(t)s::regclass and attnum > 0"
        " union select substring(pg_get_indexdef(indexrelid) from ' USING .*') || indisunique"
        "   || indisprimary from pg_index where indrelid = %(t)s::regclass"
        " union select pg_get_constraintdef(oid) from pg_constraint"
        "   where conrelid = %(t)s::regclass"
        " union select reloptions::text from pg_class where oid = %(t)s::regclass",
        {"t": table},
    )
    return {row[0] for row in await cursor.fetchall()}


async def test_the_switch_folds_what_came_meanwhile_and_readers_follow(
    projections: Connection, a_database: str
) -> None:
    history = lives()
    await add(projections, history, 500)
    await served(projections, CASE_STATUS)
    await rebuilt(projections, a_database)
    await projections.execute("update case_status_calls set status = 'by hand'")
    await add(projections, history, 2_300)
    assert (await compare(projections, CASE_STATUS)).position == 500
    assert await switch(projections, CASE_STATUS) == 2_800
    expected = await rows_of(projections, CASE_STATUS)
    assert len(expected["case_status_calls"]) > 100
    assert "by hand" not in str(expected)
    cursor = await projections.execute("select distinct status from report_progress")
    assert "by hand" not in str(await cursor.fetchall())
    assert await (await served(projections, CASE_STATUS)).step(projections) == 0


async def test_undo_serves_the_old_rows_with_what_came_since(
    projections: Connection, a_database: str
) -> None:
    history = lives()
    await add(projections, history, 500)
    await served(projections, CASE_STATUS)
    await rebuilt(projections, a_database)
    await projections.execute("update case_status_calls set status = 'by hand'")
    await switch(projections, CASE_STATUS)
    await add(projections, history, 500)
    await served(projections, CASE_STATUS)
    new = await rows_of(projections, CASE_STATUS)
    assert await undo(projections, CASE_STATUS) == 1000
    old = await rows_of(projections, CASE_STATUS)
    assert old["case_status_reports"] == new["case_status_reports"]
    assert "by hand" in str(old["case_status_calls"])
    cursor = await projections.execute("select distinct status from report_progress")
    assert "by hand" in str(await cursor.fetchall())
    assert await switch(projections, CASE_STATUS) == 1000
    assert await rows_of(projections, CASE_STATUS) == new
    await requests.drop(projections, CASE_STATUS)
    cursor = await projections.execute("select view from checkpoints")
    assert await cursor.fetchall() == [("case-status",)]


async def test_switching_while_others_append_and_fold_loses_nothing(
    projections: Connection, a_database: str
) -> None:
    history, done = lives(), asyncio.Event()
    await add(projections, history, 1000)
    await served(projections, CASE_STATUS)

    async def append() -> None:
        async with await connect(a_database, "projections") as connection:
            for _ in range(60):
                await add(connection, history, 20)
                await asyncio.sleep(0)
        done.set()

    async def fold() -> None:
        async with await connect(a_database, "projections") as connection:
            runner = Runner(CASE_STATUS)
            await runner.prepare(connection)
            while await runner.step(connection, 7) or not done.is_set():
                pass

    async def read() -> None:
        async with await connect(a_database, "projections") as connection:
            most = 0
            while not done.is_set():
                cursor = await connection.execute("select count(*) from case_status_reports")
                (count,) = await cursor.fetchone() or (0,)
                assert count >= most * 0.9
                most = max(most, count)

    async with asyncio.TaskGroup() as tasks:
        for work in (append(), fold(), read()):
            tasks.create_task(work)
        await rebuilt(projections, a_database)
        for _ in range(3):
            await switch(projections, CASE_STATUS)
            await asyncio.sleep(0.02)
            await undo(projections, CASE_STATUS)
        await switch(projections, CASE_STATUS)
    await served(projections, CASE_STATUS)
    final = await rows_of(projections, CASE_STATUS)
    await requests.drop(projections, CASE_STATUS)
    await rebuilt(projections, a_database)
    assert await rows_of(projections, CASE_STATUS, NEXT) == final
    assert sum(map(len, final.values())) > 800


async def test_who_reads_for_long_is_not_thrown_out(
    projections: Connection, a_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.projections.rebuilds.switching.ATTEMPTS", 2)
    await add(projections, lives(), 100)
    await served(projections, CASE_STATUS)
    await rebuilt(projections, a_database)
    async with await connect(a_database, "projections") as reader, reader.transaction():
        await reader.execute("select count(*) from case_status_calls")
        with pytest.raises(NotNowError, match="reads case-status for long"):
            await switch(projections, CASE_STATUS)
        await reader.execute("select count(*) from case_status_reports")
    assert await switch(projections, CASE_STATUS) == 100


async def test_compare_names_table_row_and_field(projections: Connection, a_database: str) -> None:
    history = lives()
    await add(projections, history, 600)
    await served(projections, CASE_STATUS)
    await rebuilt(projections, a_database)
    await projections.execute(
        "update case_status_calls set urgency = 9 where key = (select min(key) from"
        " case_status_calls)"
    )
    await projections.execute("delete from case_status_reports where received_position = 0")
    await add(projections, history, 50)
    found = await compare(projections, CASE_STATUS)
    assert not found.equal
    assert [t.differing_rows for t in found.tables] == [1, 1]
    gone, changed = found.differences
    assert (gone.field, gone.served, gone.other) == ("row", None, "there")
    assert (changed.table, changed.field, changed.served) == ("case_status_calls", "urgency", "9")
    assert found.tables[0].served_rows == found.tables[0].other_rows - 1
    assert found.tables[1].served_hash != found.tables[1].other_hash
    cursor = await projections.execute("select distinct position from checkpoints")
    assert await cursor.fetchall() == [(600,)], "comparing changes nothing"


async def test_one_rebuild_at_a_time_and_each_request_in_its_place(
    projections: Connection, a_database: str
) -> None:
    view = find_view("workload")
    await served(projections, view)
    for ask in (requests.cancel, requests.resume, requests.drop, switch, undo, compare):
        with pytest.raises(NotNowError):
            await ask(projections, view)
    await requests.begin(projections, view, BY)
    with pytest.raises(NotNowError, match="being rebuilt"):
        await requests.begin(projections, view, BY)
    with pytest.raises(NotNowError, match="being rebuilt"):
        await requests.drop(projections, view)
    await requests.cancel(projections, view)
    assert not await build(a_database, view)
    await requests.resume(projections, view)
    assert await build(a_database, view)
    with pytest.raises(NotNowError, match="copy is built"):
        await requests.begin(projections, view, BY)
    await switch(projections, view)
    with pytest.raises(NotNowError, match="drop it first"):
        await requests.begin(projections, view, BY)
    await requests.drop(projections, view)
    with pytest.raises(requests.NoSuchViewError, match="there are case-status, workload"):
        find_view("nonsense")


async def test_a_cancelled_rebuild_goes_on_where_it_stood(
    projections: Connection, a_database: str
) -> None:
    await add(projections, lives(), 1000)
    await served(projections, CASE_STATUS)
    await requests.begin(projections, CASE_STATUS, BY)
    asked: Iterator[bool] = iter([False, False, True])
    assert not await build(a_database, CASE_STATUS, lambda: next(asked), batch=100)
    await requests.cancel(projections, CASE_STATUS)
    (shown,) = [each for each in await progress(projections) if each.view == "case-status"]
    assert shown.rebuild is not None
    assert (shown.rebuild.state, shown.rebuild.copy.position) == ("cancelled", 300)
    await requests.begin(projections, CASE_STATUS, BY)
    assert await build(a_database, CASE_STATUS, batch=100)
    assert (await compare(projections, CASE_STATUS)).equal
