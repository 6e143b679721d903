"""What is asked again and again walks through no whole table, and still says what it promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.projections import health, totals
from services.projections.totals import Totals
from tests.integration.ledger.ledgers import add
from tests.integration.ledger.tampering import triggers_off

if TYPE_CHECKING:
    import pytest

    from services.runtime.database import Connection

FILL_SQL = """
insert into workload_calls (key, desk, urgency, purpose, open, is_case, opened_at, position)
select p || n, 'desk', 0, p, true, n = 1, now(), n
from generate_series(1, 3) n, unnest(array['live', 'exercise']) p
"""


async def holes(connection: Connection) -> int:
    return int((await health.report(connection))["ledger"]["holes"])


async def test_a_missing_position_among_the_newest_is_a_hole(
    projections: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await holes(projections) == 0
    await add(projections, 0, 30)
    assert await holes(projections) == 0
    await triggers_off(projections)
    await projections.execute("delete from ledger where position in (7, 29)")
    assert await holes(projections) == 2
    monkeypatch.setattr(health, "NEWEST", 10)
    assert await holes(projections) == 1


async def test_a_backlog_is_counted_up_to_a_bound(
    projections: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await projections.execute(
        "insert into intake.outbox (item_id, topic, partition)"
        " select gen_random_uuid(), 't', 0 from generate_series(1, 20) n"
    )
    assert (await health.lags(projections))["intake.relay"][0] == 20
    monkeypatch.setattr(health, "MOST_COUNTED", 5)
    assert (await health.lags(projections))["intake.relay"][0] == 5


async def test_totals_are_exact_without_exercises_and_kept_for_a_while(
    projections: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, passed = Totals(), Totals()
    await projections.execute(FILL_SQL.encode())
    monkeypatch.setattr(totals, "KEPT_FOR_TIMES_ITS_DURATION", 0)
    assert (await passed.current(projections)).calls == 3
    monkeypatch.setattr(totals, "KEPT_FOR_TIMES_ITS_DURATION", 1_000_000)
    first = await kept.current(projections)
    assert (first.reports, first.calls, first.cases) == (0, 3, 1)
    await projections.execute("delete from workload_calls where is_case")
    assert await kept.current(projections) == first
    assert (await passed.current(projections)).cases == 0
