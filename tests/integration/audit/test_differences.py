"""Whatever differs from the ledger in a view is found and named; what does not differ is not."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from psycopg import sql

from services.audit import belonging, differences, folding
from services.audit.differences import Comparison, Difference, everything, of_record, of_sample
from services.audit.refusals import CannotCompareError, CannotReplayError, UnknownNumberError
from services.projections.views import VIEWS
from services.runtime.database import connect
from tests.integration.projections.random_histories import caught_up, random_history, stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runtime.database import Connection

TABLES = [(view.name, table.name) for view in VIEWS for table in view.tables]
COLUMNS = [
    (view.name, table.name, column)
    for view in VIEWS
    for table in view.tables
    for column in table.columns
]


def silent(done: int, total: int) -> None:
    """Nobody watches."""


@pytest_asyncio.fixture
async def live(projections: Connection) -> Connection:
    """Views that have seen a random history."""
    await stored(projections, random_history(1).events)
    await caught_up(projections)
    return projections


def found(compared: Comparison) -> list[tuple[str, str, list[str]]]:
    return [
        (each.view, each.table, [name for name, _, _ in each.fields()])
        for each in compared.differences
    ]


@pytest.mark.parametrize("seed", range(6))
async def test_a_random_history_differs_nowhere(
    projections: Connection, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "MOST_ROWS", 3)
    monkeypatch.setattr(folding, "BATCH", 10)
    history = random_history(seed)
    await stored(projections, history.events)
    await caught_up(projections)
    compared = await everything(projections, silent)
    assert (found(compared), compared.events) == ([], len(history.events))
    assert all(live == replayed > 0 for live, replayed in compared.rows.values())


async def test_every_field_of_every_table_changed_by_hand_is_named(live: Connection) -> None:
    missed: list[object] = []
    for view, table, column in COLUMNS:
        async with _put_back(live, table):
            before = await _changed(live, table, column)
            compared = await everything(live, silent)
        if column == "key":
            expected = [(view, table, "live only"), (view, table, "replayed only")]
            sides = [_side(each) for each in compared.differences]
            if sorted(sides) != expected:
                missed.append((table, column, sides))
        elif found(compared) != [(view, table, [column])] or compared.differences[0].key != before:
            missed.append((table, column, found(compared)))
    assert missed == []


@asynccontextmanager
async def _put_back(connection: Connection, table: str) -> AsyncIterator[None]:
    """The table is afterwards as it was."""
    names = {"t": sql.Identifier(table)}
    await connection.execute(sql.SQL("create temporary table kept as table {t}").format(**names))
    yield
    for statement in ("delete from {t}", "insert into {t} table kept", "drop table kept"):
        await connection.execute(sql.SQL(statement).format(**names))


def _side(each: Difference) -> tuple[str, str, str]:
    kind = "live only" if each.replayed is None else "replayed only"
    return each.view, each.table, kind if each.live is None or each.replayed is None else "both"


OF_NO_RECORD = ("inquiries", "answers", "answer_editions")
"""Tables about what is no report, call or case."""
OTHER = {
    "text": "coalesce({c}, '') || 'x'",
    "boolean": "not coalesce({c}, false)",
    "smallint": "coalesce({c}, 0) + 1",
    "integer": "coalesce({c}, 0) + 1",
    "bigint": "{c} + 1000000",
    "timestamp with time zone": "coalesce({c}, '2026-01-01Z') + interval '1 microsecond'",
    "date": "coalesce({c}, '2026-01-01') + 1",
    "ARRAY": "case when cardinality({c}) = 0 then array_append({c}, null) else {c}[2:] end",
}
"""Another value than the one that is there, by the column's type."""


async def _changed(connection: Connection, table: str, column: str) -> str:
    """Change one field of one row by hand; gives the row's key as it was."""
    cursor = await connection.execute(
        "select data_type from information_schema.columns"
        " where table_schema = 'projections' and table_name = %s and column_name = %s",
        [table, column],
    )
    kind = await cursor.fetchone()
    assert kind, f"{table}.{column} is in no table"
    names = {"t": sql.Identifier(table), "c": sql.Identifier(column)}
    cursor = await connection.execute(sql.SQL("select min(key) from {t}").format(**names))
    row = await cursor.fetchone()
    assert row
    await connection.execute(
        sql.SQL("update {t} set {c} = " + OTHER[kind[0]] + " where key = %s").format(**names),
        [row[0]],
    )
    return str(row[0])


@pytest.mark.parametrize(("view", "table"), TABLES)
async def test_a_deleted_row_is_on_one_side_only(live: Connection, view: str, table: str) -> None:
    name = sql.Identifier(table)
    statement = sql.SQL("delete from {} where key = (select max(key) from {}) returning key")
    cursor = await live.execute(statement.format(name, name))
    row = await cursor.fetchone()
    assert row
    (difference,) = (await everything(live, silent)).differences
    assert (difference.view, difference.table, difference.key) == (view, table, row[0])
    assert difference.live is None
    assert difference.replayed is not None


async def test_a_checkpoint_beyond_the_ledger_is_a_difference(live: Connection) -> None:
    await live.execute("update checkpoints set position = position + 1 where view = 'workload'")
    (difference,) = (await everything(live, silent)).differences
    assert (difference.table, difference.key) == ("checkpoints", "workload")


async def test_each_record_of_a_random_history_differs_nowhere(live: Connection) -> None:
    for number in random_history(1).reports:
        compared = await of_record(live, number)
        assert found(compared) == []
        assert compared.rows["case_status_calls"] == (1, 1)
        assert compared.events < len(random_history(1).events)


async def test_every_changed_field_of_a_record_is_named_by_its_number(live: Connection) -> None:
    missed: list[object] = []
    for view, table, column in COLUMNS:
        if table in OF_NO_RECORD:
            continue
        number = await _number_of(live, table)
        async with _put_back(live, table):
            await _changed(live, table, column)
            compared = await of_record(live, number)
        if column == "key":
            if {each.table for each in compared.differences} != {table}:
                missed.append((table, column, found(compared)))
        elif found(compared) != [(view, table, [column])]:
            missed.append((table, column, found(compared)))
    assert missed == []


async def _number_of(connection: Connection, table: str) -> str:
    """The number of a report that the first row of the table is about."""
    statement = sql.SQL("select to_jsonb(t)::text from {} t order by key limit 1")
    row = await (await connection.execute(statement.format(sql.Identifier(table)))).fetchone()
    assert row
    history = random_history(1)
    for number, report in history.reports.items():
        if any(str(name) in row[0] for name in (number, report, history.calls[number])):
            return number
    raise AssertionError(row)


@pytest.mark.parametrize("few", [0, belonging.FEW_NAMES])
async def test_a_row_that_takes_a_number_it_has_no_right_to_is_found_by_that_number(
    live: Connection, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(belonging, "FEW_NAMES", few)
    one, other, *_ = random_history(1).reports
    key = str(random_history(1).calls[other])
    await live.execute("update case_status_calls set officer = %s where key = %s", [one, key])
    (difference,) = (await of_record(live, one)).differences
    assert (difference.key, difference.kind) == (key, "changed")


async def test_a_number_that_its_view_lost_is_found_in_the_ledger(live: Connection) -> None:
    number = next(iter(random_history(1).reports))
    await live.execute("delete from case_status_reports where report_number = %s", [number])
    (difference,) = (await of_record(live, number)).differences
    assert (difference.table, difference.live) == ("case_status_reports", None)


async def test_a_number_that_nobody_knows_cannot_be_compared(live: Connection) -> None:
    with pytest.raises(UnknownNumberError):
        await of_record(live, "999-999-999")


async def test_a_sample_is_the_same_for_the_same_seed_and_finds_what_it_drew(
    live: Connection,
) -> None:
    half = [await of_sample(live, 40.0, seed=5) for _ in range(2)]
    assert half[0] == half[1]
    assert half[0].different_rows == 0
    other = await of_sample(live, 40.0, seed=6)
    assert half[0].events != other.events
    await live.execute("update case_status_calls set status = 'unheard-of'")
    whole = await of_sample(live, 100.0, seed=5)
    assert whole.different_rows == whole.rows["case_status_calls"][0]


async def test_a_view_that_lags_is_compared_where_it_stands(projections: Connection) -> None:
    events = random_history(2).events
    await stored(projections, events[:100])
    await caught_up(projections)
    await stored(projections, events[100:])
    compared = await everything(projections, silent)
    assert compared.different_rows == 0
    assert set(compared.through.values()) == {99}


async def test_events_that_come_in_meanwhile_make_no_difference(
    projections: Connection, a_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "BATCH", 20)
    batches = [random_history(seed).events for seed in range(8)]
    await stored(projections, batches[0])
    await caught_up(projections)

    async def write() -> None:
        for events in batches[1:]:
            await stored(projections, events)
            await caught_up(projections)

    async with await connect(a_database, "projections") as other:
        writing = asyncio.create_task(write())
        seen = []
        while not writing.done():
            compared = await everything(other, silent)
            seen.append((compared.events, found(compared)))
            await asyncio.sleep(0.01)
        await writing
    assert [differing for _, differing in seen if differing] == []
    assert len({events for events, _ in seen}) > 1


async def test_an_event_that_cannot_be_replayed_is_named_and_nothing_is_claimed(
    projections: Connection,
) -> None:
    events = random_history(3).events
    await stored(projections, events)
    await caught_up(projections)
    await projections.execute("alter table ledger disable trigger ledger_only_grows")
    await projections.execute("update ledger set type = 'casework.unheard-of.v1' where position=7")
    with pytest.raises(CannotReplayError) as refused:
        await everything(projections, silent)
    assert refused.value.position == 7


async def test_a_view_without_one_of_its_columns_cannot_be_compared(live: Connection) -> None:
    await live.execute("alter table workload_calls drop column officer")
    with pytest.raises(CannotCompareError, match="UndefinedColumn"):
        await everything(live, silent)


async def test_of_very_many_differences_the_first_are_kept_and_all_are_counted(
    live: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differences, "MOST_SHOWN", 2)
    cursor = await live.execute("delete from reads")
    compared = await everything(live, silent)
    assert (compared.different_rows, len(compared.differences)) == (cursor.rowcount, 2)
