"""A sample can be drawn again by anybody, for ever; a condition that cannot be meant is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from events.casework import CaseResolved
from services.audit.sampling import BadTermError, Draw, read_where, sample
from tests.integration.projections.random_histories import History, random_history, stored

if TYPE_CHECKING:
    from services.runtime.database import Connection

ZONE = ZoneInfo("America/New_York")


async def drawn(
    connection: Connection, where: str = "", n: int = 3, seed: int = 1, through: int | None = None
) -> dict[str, Any]:
    draw = Draw(read_where(where), n, seed, through)
    return await sample(connection, draw, ZONE, lambda *_: None)


async def test_a_sample_is_drawn_again_whatever_happened_later(projections: Connection) -> None:
    history = random_history(4)
    events = list(history.events)
    for number in history.reports:
        history.on_call(number, CaseResolved(dispositions=("cleared",)))
    history.filed("200-000-001")
    await stored(projections, events)
    before = await drawn(projections, "status=under-investigation")
    await stored(projections, history.events[len(events) :])
    assert (
        await drawn(projections, "status=under-investigation", through=before["through"]) == before
    )
    assert before["items"]
    assert (await drawn(projections, "status=under-investigation"))["items"] != before["items"]


async def test_another_seed_draws_others_and_a_larger_sample_holds_the_smaller(
    projections: Connection,
) -> None:
    await stored(projections, random_history(4).events)
    draws = [(await drawn(projections, seed=seed))["items"] for seed in range(5)]
    assert len({tuple(row["number"] for row in draw) for draw in draws}) > 1
    assert (await drawn(projections, n=6, seed=1))["items"][:3] == draws[1]


async def test_each_call_is_drawn_once_however_many_reports_it_has(
    projections: Connection,
) -> None:
    history = random_history(5)
    await stored(projections, history.events)
    found = await drawn(projections, n=100)
    assert len(found["items"]) == found["population"] == len(set(history.calls.values()))


async def test_conditions_hold_of_all_that_is_drawn(projections: Connection) -> None:
    history = random_history(0, steps=0)
    history.filed("300-000-001", type="vandalism", desk="roads", urgency="1")
    history.filed("300-000-002", type="vandalism", desk="parks", urgency="1")
    await stored(projections, history.events)
    day = "2026-03-01"
    for where, expected in {
        "type=vandalism, urgency=1": {"300-000-001", "300-000-002"},
        "type=vandalism and desk=roads": {"300-000-001"},
        f"desk = parks, opened >= {day}, opened<2026-03-05": {"300-000-002"},
        f"opened<{day}": set(),
        "status=received": set(),
    }.items():
        found = await drawn(projections, where, n=50)
        assert {row["number"] for row in found["items"]} == expected, where


async def test_days_begin_where_the_agency_is(projections: Connection) -> None:
    history = History(random_history(0).chance)
    history.filed("300-000-003")
    await stored(projections, history.events)
    opened = (await drawn(projections))["items"][0]["opened_at"]
    day = f"{opened.astimezone(ZONE):%Y-%m-%d}"
    assert (await drawn(projections, f"opened>={day}"))["population"] == 1
    assert (await drawn(projections, f"opened<{day}"))["population"] == 0


@pytest.mark.parametrize(
    ("where", "named"),
    [
        ("status=closed", "status=closed"),
        ("urgency=7", "urgency=7"),
        ("colour=red", "colour"),
        ("opened>=yesterday", "yesterday"),
        ("opened=2026-03-01", "opened=2026-03-01"),
        ("type=theft, status", "'status'"),
        ("desk=a, desk=b", "desk=b"),
        ("opened>2026-03-01", "opened>2026-03-01"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_named(where: str, named: str) -> None:
    with pytest.raises(BadTermError) as refused:
        read_where(where)
    assert named in str(refused.value)


@pytest.mark.parametrize("through", [-2, 10_000])
async def test_a_position_beyond_the_ledger_is_refused(
    projections: Connection, through: int
) -> None:
    await stored(projections, random_history(4).events)
    with pytest.raises(BadTermError):
        await drawn(projections, through=through)
