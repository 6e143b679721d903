"""Casework's own tables: numbers of calls, and the counters of case and request numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.runtime.database import Connection


async def next_case_number(connection: Connection, year: int) -> str:
    """The next case number of the year; it is used up only if the transaction commits."""
    cursor = await connection.execute(
        "insert into case_counters as c (year, issued) values (%s, 1)"
        " on conflict (year) do update set issued = c.issued + 1 returning issued",
        [year],
    )
    row = await cursor.fetchone()
    assert row is not None
    return f"{year % 100:02d}-{row[0]:06d}"


async def remember_numbers(connection: Connection, numbers: Sequence[tuple[str, UUID]]) -> None:
    """Store the numbers by which a call is found, permanently."""
    if numbers:
        await connection.execute(
            "insert into call_numbers (number, call_id)"
            " select * from unnest(%s::text[], %s::uuid[]) on conflict do nothing",
            [*map(list, zip(*numbers, strict=True))],
        )


async def find_call(connection: Connection, number: str) -> UUID | None:
    """The call of a report, call or case number."""
    cursor = await connection.execute(
        "select call_id from call_numbers where number = %s", [number]
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def lock_call(connection: Connection, call_id: UUID) -> None:
    """Lock the call until commit: legal holds and erasures are made one at a time."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"call/{call_id}"]
    )


async def next_request_number(connection: Connection, year: int, request_id: UUID) -> str:
    """The next number of the year for a request; used up only if the transaction commits."""
    cursor = await connection.execute(
        "insert into records_request_counters as c (year, issued) values (%s, 1)"
        " on conflict (year) do update set issued = c.issued + 1 returning issued",
        [year],
    )
    row = await cursor.fetchone()
    assert row is not None
    number = f"RR-{year % 100:02d}-{row[0]:06d}"
    await connection.execute(
        "insert into records_requests (number, request_id) values (%s, %s)", [number, request_id]
    )
    return number


async def find_request(connection: Connection, number: str) -> UUID | None:
    """The request for records with this number."""
    cursor = await connection.execute(
        "select request_id from records_requests where number = %s", [number]
    )
    row = await cursor.fetchone()
    return row[0] if row else None
