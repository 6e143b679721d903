"""Rehearsals in Postgres: the progress of each, its counts, and every difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from services.triage.domain.gates import Figures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from services.runtime.database import Connection
    from services.triage.domain.shadow import Difference

COLUMNS = "run_id, bundle, baseline, since, by_whom, began_at, finished_at, done, total, figures"
WEIGHTIEST = """
array_position(array['emergency_lost', 'emergency_gained', 'type_changed', 'urgency_lowered',
  'urgency_raised', 'severity_changed', 'route_changed', 'link_lost', 'link_gained'], kinds[1])
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One rehearsal. `figures` is None until it is finished."""

    run_id: UUID
    bundle: str
    baseline: str
    since: datetime | None
    by: str
    began_at: datetime
    finished_at: datetime | None
    done: int
    total: int
    figures: Figures | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A difference and its index in a run."""

    place: int
    report_number: str
    kinds: tuple[str, ...]
    before: dict[str, Any]
    after: dict[str, Any]


async def begin(connection: Connection, run: Run) -> None:
    """Store a new rehearsal."""
    await connection.execute(
        "insert into shadow_runs (run_id, bundle, baseline, since, by_whom, began_at, total)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        [run.run_id, run.bundle, run.baseline, run.since, run.by, run.began_at, run.total],
    )


async def add(
    connection: Connection, run_id: UUID, place: int, found: Sequence[Difference], done: int
) -> None:
    """Store differences, the first of them at index `place`, and the progress."""
    async with connection.transaction():
        async with connection.cursor() as cursor:
            await cursor.executemany(
                "insert into shadow_differences (run_id, place, report_number, kinds, before,"
                " after) values (%s, %s, %s, %s, %s, %s)",
                [
                    (
                        run_id,
                        number,
                        each.report_number,
                        list(each.kinds),
                        orjson.dumps(each.before).decode(),
                        orjson.dumps(each.after).decode(),
                    )
                    for number, each in enumerate(found, place)
                ],
            )
        await connection.execute(
            "update shadow_runs set done = %s where run_id = %s", [done, run_id]
        )


async def finish(connection: Connection, run_id: UUID, figures: Figures, moment: datetime) -> None:
    """Mark the rehearsal as finished."""
    await connection.execute(
        "update shadow_runs set finished_at = %s, figures = %s, done = %s where run_id = %s",
        [moment, figures.model_dump_json(), figures.reports, run_id],
    )


async def newest(connection: Connection, limit: int = 50) -> list[Run]:
    """The latest rehearsals, the newest first."""
    cursor = await connection.execute(
        f"select {COLUMNS} from shadow_runs order by began_at desc limit %s",  # noqa: S608
        [limit],
    )
    return [_run(row) for row in await cursor.fetchall()]


async def finished(connection: Connection, bundle: str) -> list[Run]:
    """Every finished rehearsal of a bundle."""
    cursor = await connection.execute(
        f"select {COLUMNS} from shadow_runs"  # noqa: S608
        " where bundle = %s and finished_at is not null order by began_at",
        [bundle],
    )
    return [_run(row) for row in await cursor.fetchall()]


async def find(connection: Connection, run_id: UUID) -> Run | None:
    """One rehearsal."""
    cursor = await connection.execute(
        f"select {COLUMNS} from shadow_runs where run_id = %s",  # noqa: S608
        [run_id],
    )
    row = await cursor.fetchone()
    return _run(row) if row else None


async def differences(
    connection: Connection, run_id: UUID, *, after: int = 0, limit: int | None = None
) -> list[Kept]:
    """The differences of a run, lost emergencies first; `after`: how many to skip."""
    cursor = await connection.execute(
        "select place, report_number, kinds, before, after from shadow_differences"  # noqa: S608
        f" where run_id = %s order by {WEIGHTIEST}, place offset %s limit %s",
        [run_id, after, limit],
    )
    return [Kept(p, number, tuple(k), b, a) for p, number, k, b, a in await cursor.fetchall()]


async def count_differences(connection: Connection, run_id: UUID) -> int:
    """How many reports were decided differently."""
    cursor = await connection.execute(
        "select count(*) from shadow_differences where run_id = %s", [run_id]
    )
    (number,) = await cursor.fetchone() or (0,)
    return int(number)


def _run(row: tuple[Any, ...]) -> Run:
    figures = Figures.model_validate(row[9]) if row[9] else None
    fields: list[Any] = [*row[:9], figures]
    return Run(*fields)
