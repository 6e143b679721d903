"""A record replayed from the ledger is what the views said at that position, whatever its life."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from psycopg import sql

from services.audit.as_of import AsOf, BadAsOfError
from services.audit.record_as_of import shown
from services.audit.record_history import history_of
from services.audit.record_past import load
from services.audit.refusals import CannotReplayError, MisledError, UnknownNumberError
from services.ledger.append import append
from services.projections import queries
from services.projections.personal.visible_fields import VisibleFields
from services.projections.runner import Runner
from services.projections.views import VIEWS
from services.runtime.identity import Role
from services.runtime.keyring import Keyring
from tests.integration.projections.lives import PLANS, Lives

if TYPE_CHECKING:
    from services.audit.record_past import Past
    from services.runtime.database import Connection

KEYRING = Keyring(bytes(32))
STOPS = 4
NAMES = count()
Rows = dict[tuple[str, str], dict[str, Any]]


async def come_in(connection: Connection, lives: Lives, start: int, end: int) -> None:
    """The ledger takes these events and every view has seen them."""
    async with connection.transaction():
        await append(connection, lives.records()[start:end])
    for view in VIEWS:
        runner = Runner(view)
        await runner.prepare(connection)
        while await runner.step(connection):
            pass


async def live_rows(connection: Connection) -> Rows:
    """Every row of every view, by table and key."""
    found: Rows = {}
    for view in VIEWS:
        for table in view.tables:
            columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
            cursor = await connection.execute(
                sql.SQL("select {} from {}").format(columns, sql.Identifier(table.name))
            )
            for row in await cursor.fetchall():
                values = dict(zip(table.columns, row, strict=True))
                found[table.name, values["key"]] = values
    return found


def rows_of(answer: dict[str, Any]) -> Rows:
    return {
        (state["table"], state["key"]): {
            name: made["value"] for name, made in state["fields"].items()
        }
        for state in answer["states"]
    }


def sight_of(past: Past) -> VisibleFields:
    return VisibleFields(Role.AUDITOR, hidden=past.record.hidden)


async def show(connection: Connection, number: str, as_of: AsOf | None = None) -> dict[str, Any]:
    past = await load(connection, KEYRING, number)
    return shown(past, as_of, sight_of(past))


def of_record(number: str, then: Rows, now: Rows) -> Rows:
    """The rows that were then about the record which has this number now."""
    reports = [row for row in then.values() if row.get("report_number") == number]
    calls = {row["call_id"] for row in reports if "call_id" in row}
    calls |= {row["key"] for row in now.values() if row.get("case_number") == number}
    members = {row["key"] for row in then.values() if (calls - {None}) & {row.get("call_id")}}
    ids = {row["key"] for row in reports} | calls | members
    return {place: row for place, row in then.items() if place[1] in ids}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plan=PLANS)
async def test_a_replay_is_what_the_views_say_and_said(
    projections: Connection, plan: list[tuple[str, int]]
) -> None:
    lives = Lives(f"life{next(NAMES)}")
    lives.live(plan)
    size, step = len(lives.envelopes), len(lives.envelopes) // STOPS + 1
    then: dict[int, Rows] = {}
    start = await queries.head(projections) + 1
    for begin in range(0, size, step):
        await come_in(projections, lives, begin, min(begin + step, size))
        then[start + min(begin + step, size) - 1] = await live_rows(projections)
    now = await live_rows(projections)
    for number in lives.numbers:
        assert rows_of(await show(projections, number)) == of_record(number, now, now)
        for position, rows in then.items():
            expected = of_record(number, rows, now)
            recorded = lives.envelopes[position - start].recorded_at
            for as_of in AsOf("position", position), AsOf("recorded", recorded):
                assert await rows_as_of(projections, number, as_of) == expected


async def rows_as_of(connection: Connection, number: str, as_of: AsOf) -> Rows:
    try:
        return rows_of(await show(connection, number, as_of))
    except UnknownNumberError:
        return {}


async def a_merged_case(connection: Connection) -> Lives:
    """Two reports in one call, which became a case, and a third on its own."""
    lives = Lives("merged")
    lives.live(
        [
            ("report", 0),
            ("triage", 0),
            ("open", 0),
            ("report", 0),
            ("triage", 0),
            ("attach", 0),
            ("accept", 0),
            ("assign", 0),
            ("report", 0),
            ("note", 0),
            ("resolve", 0),
        ]
    )
    await come_in(connection, lives, 0, len(lives.envelopes))
    return lives


async def test_every_number_of_a_record_leads_to_the_same_state(projections: Connection) -> None:
    await a_merged_case(projections)
    by_number = [await show(projections, each) for each in ("merged-R0", "merged-R1", "merged-C0")]
    assert by_number[0]["states"] == by_number[1]["states"] == by_number[2]["states"]
    assert [state["key"] for state in (await show(projections, "merged-R2"))["states"]] != []


async def test_before_it_was_merged_a_report_stands_alone(projections: Connection) -> None:
    await a_merged_case(projections)
    alone = await show(projections, "merged-R1", AsOf("position", 4))
    other = await show(projections, "merged-R0", AsOf("position", 4))
    assert {state["table"] for state in alone["states"]} == {"case_status_reports"}
    assert not {s["key"] for s in alone["states"]} & {s["key"] for s in other["states"]}
    merged = await show(projections, "merged-R1", AsOf("position", 5))
    assert len(merged["states"]) == len((await show(projections, "merged-R0"))["states"])


async def test_each_value_names_the_event_and_the_rules_that_made_it(
    projections: Connection,
) -> None:
    lives = await a_merged_case(projections)
    answer = await show(projections, "merged-C0")
    by_position = dict(enumerate(lives.envelopes))
    for state in answer["states"]:
        for made in state["fields"].values():
            assert by_position[made["position"]].event_id == made["event_id"]
    (call,) = [each for each in answer["states"] if each["table"] == "case_status_calls"]
    report = answer["states"][0]["fields"]
    assert call["fields"]["status"]["type"] == "casework.case-resolved.v1"
    assert call["fields"]["reports"]["type"] == "casework.report-attached.v1"
    assert (report["urgency"]["bundle"], report["channel"]["bundle"]) == ("bundle-0", "L0/1")


async def test_history_tells_causes_effects_places_and_changes(projections: Connection) -> None:
    lives = await a_merged_case(projections)
    past = await load(projections, KEYRING, "merged-C0")
    items = history_of(past, sight_of(past))["items"]
    other = str(lives.reports[2].id)
    own = [each.event_id for each in lives.envelopes if not each.stream_id.endswith(other)]
    assert [each["event_id"] for each in items] == own
    opened = items[2]
    assert (opened["cause"]["kind"], opened["cause"]["position"]) == ("event", 1)
    assert items[1]["led_to"] == [2]
    assert opened["source"] == {"topic": "blotter.merged", "partition": 0, "number": 3}
    resolved = {each["field"]: each for each in items[-1]["changes"]}
    assert resolved["status"]["before"] == "under-investigation"
    assert resolved["status"]["after"] == "resolved"
    (note,) = [each for each in items if each["type"] == "casework.note-added.v1"]
    assert note["facts"]["note"] == "erased"


async def test_what_cannot_be_shown_is_said(projections: Connection) -> None:
    lives = await a_merged_case(projections)
    with pytest.raises(UnknownNumberError):
        await show(projections, "nobody's")
    with pytest.raises(UnknownNumberError):
        await show(projections, "merged-R1", AsOf("position", 2))
    with pytest.raises(BadAsOfError, match="through position 11"):
        await show(projections, "merged-R1", AsOf("position", len(lives.envelopes)))


async def test_a_view_that_leads_astray_is_found_out(projections: Connection) -> None:
    await a_merged_case(projections)
    await projections.execute(
        "update case_status_reports set report_number = 'x' where report_number = 'merged-R2'"
    )
    with pytest.raises(MisledError):
        await show(projections, "x")
    await projections.execute(
        "update case_status_reports set call_id = gen_random_uuid() where report_number = 'x'"
    )
    with pytest.raises(MisledError):
        await show(projections, "x")


@pytest.mark.parametrize("number", ["merged-R0", "merged-R1", "merged-C0"])
@pytest.mark.parametrize("table", ["case_status_reports", "case_status_calls"])
async def test_a_number_whose_row_in_the_view_is_gone_still_leads_to_its_record(
    projections: Connection, number: str, table: str
) -> None:
    await a_merged_case(projections)
    before = await load(projections, KEYRING, number)
    await projections.execute(f"delete from {table}".encode())
    after = await load(projections, KEYRING, number)
    assert after.record.entries == before.record.entries
    assert (after.record.ids, after.sources) == (before.record.ids, before.sources)
    (other,) = {"case_status_reports", "case_status_calls"} - {table}
    await projections.execute(f"delete from {other}".encode())
    assert (await load(projections, KEYRING, number)).record == before.record


async def test_a_report_whose_row_lost_its_call_is_still_of_the_call(
    projections: Connection,
) -> None:
    await a_merged_case(projections)
    await projections.execute("update case_status_reports set call_id = null")
    assert len((await load(projections, KEYRING, "merged-R1")).record.ids) == 3


async def test_an_event_that_cannot_be_read_is_named_by_its_position(
    projections: Connection,
) -> None:
    lives = await a_merged_case(projections)
    last = lives.envelopes[-1].stream_id
    await projections.execute("alter table ledger disable trigger user")
    await projections.execute(
        "update ledger set body = convert_to(replace(convert_from(body, 'UTF8'),"
        " 'case-resolved.v1', 'case-unheard-of.v9'), 'UTF8') where stream_id = %s",
        [last],
    )
    with pytest.raises(CannotReplayError, match="position 11"):
        await show(projections, "merged-C0")
