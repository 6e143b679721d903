"""Finding reports at the desk: by number and date here, by person and place through the search.

A result shows number, type, day and status, no text of any person. The report's own page shows
more, and reading it is recorded there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

from services.intake.domain.numbers import normalise

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from services.access.reader import Reader
    from services.runtime.database import Connection

SearchField = Literal["phone", "name", "place", "plate", "email"]
WAYS = {
    "phone": "Telephone number",
    "name": "Name",
    "place": "Address",
    "plate": "Plate",
    "date": "Date filed",
    "number": "Report number",
}
MOST = 50
FOUND_SQL = """
select r.report_id, r.report_number, r.submitted_at, r.type, p.status, p.call_number
from reports r left join projections.report_progress p on p.report_number = r.report_number
where {} order by r.submitted_at desc limit 50
"""
BY_NUMBER = FOUND_SQL.format("r.report_number = any(%s)")
BY_TIME = FOUND_SQL.format("r.submitted_at >= %s and r.submitted_at < %s")


class Search(Protocol):
    """The search by keyed hashes, which records each query."""

    async def numbers(self, reader: Reader, kind: SearchField, value: str) -> list[str] | None:
        """Numbers of reports; None when `value` cannot be searched by."""


@dataclass(frozen=True, slots=True)
class FoundReport:
    """A report as a list shows it."""

    report_id: str
    report_number: str
    submitted_at: datetime
    type: str | None
    status: str | None
    call_number: str | None


async def by_numbers(connection: Connection, numbers: list[str]) -> list[FoundReport]:
    """The reports of these numbers, the newest first."""
    cursor = await connection.execute(BY_NUMBER.encode(), [numbers])
    return [FoundReport(*row) for row in await cursor.fetchall()]


async def by_date(connection: Connection, day: date, zone: ZoneInfo) -> list[FoundReport]:
    """The reports of a day at the agency, the newest first."""
    begin = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    cursor = await connection.execute(BY_TIME.encode(), [begin, end])
    return [FoundReport(*row) for row in await cursor.fetchall()]


def read_date(text: str) -> date | None:
    """The value of a date field; None when it is no date."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def read_number(text: str) -> list[str]:
    """The typed report number as a list; empty when no such number can exist."""
    number = normalise(text)
    return [number] if number else []
