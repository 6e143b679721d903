"""The parameters of a list request as plain values, or a refusal that names the parameter. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from services.intake.domain.numbers import normalise
from services.intake.open311.refusals import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

SPAN: Final = timedelta(days=90)
MOST: Final = 1000
"""The standard's limits of one answer: a span of 90 days, 1,000 requests."""
LAST_PAGE: Final = 1_000_000
STATUSES: Final = frozenset({"open", "closed"})
SPACE_FOR_PLUS: Final = re.compile(r" (\d\d:?\d\d)$")
EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the answer."""

    size: int = MOST
    number: int = 1

    @property
    def skipped(self) -> int:
        """The number of requests before this page."""
        return self.size * (self.number - 1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The wanted requests. If `numbers` is given, all other filters are ignored."""

    start: datetime
    end: datetime
    page: Page
    numbers: tuple[str, ...] | None = None
    codes: frozenset[str] | None = None
    statuses: frozenset[str] = STATUSES


def read_wanted(query: Iterable[tuple[str, str]], zone: ZoneInfo, now: datetime) -> Wanted:
    """Read the parameters; an empty one counts as not sent."""
    given: dict[str, str] = {}
    for name, value in query:  # "can be declared multiple times, comma delimited"
        if value.strip():
            given[name] = f"{given[name]},{value}" if name in given else value
    start, end = _range(given, zone, now)
    statuses = frozenset(_list(given, "status") or STATUSES)
    if not statuses <= STATUSES:
        raise bad_request("status is neither open nor closed.")
    codes = _list(given, "service_code")
    return Wanted(
        start=start,
        end=end,
        page=_page(given),
        numbers=_numbers(given),
        codes=frozenset(codes) if codes else None,
        statuses=statuses,
    )


def _list(given: dict[str, str], name: str) -> list[str]:
    return [each.strip() for each in given.get(name, "").split(",") if each.strip()]


def _numbers(given: dict[str, str]) -> tuple[str, ...] | None:
    """Valid report numbers in canonical form; the others are left out."""
    asked = _list(given, "service_request_id")
    if len(asked) > MOST:
        raise bad_request(f"service_request_id: at most {MOST} at once.")
    found = dict.fromkeys(number for each in asked if (number := normalise(each)))
    return tuple(found) if asked else None


def _range(given: dict[str, str], zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    start, end = _moment(given, "start_date", zone), _moment(given, "end_date", zone)
    if start and end and end < start:
        raise bad_request("end_date is before start_date.")
    if start and end and end - start > SPAN:
        raise bad_request("start_date and end_date may not span more than 90 days.")
    if start:
        return start, end or start + SPAN
    end = end or now
    return end - SPAN, end


def _moment(given: dict[str, str], name: str, zone: ZoneInfo) -> datetime | None:
    """A W3C time; "+" sent as a space is accepted, and a day without a zone is the agency's."""
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(SPACE_FOR_PLUS.sub(r"+\1", text))
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        in_range = EARLIEST <= moment <= datetime.max.replace(tzinfo=UTC) - SPAN
    except (ValueError, OverflowError):
        in_range = False
        moment = EARLIEST
    if not in_range:
        raise bad_request(f"{name} is no time such as 2010-01-01T00:00:00Z.")
    return moment


def _page(given: dict[str, str]) -> Page:
    size, number = _count(given, "page_size", MOST), _count(given, "page", 1)
    if number > LAST_PAGE:
        raise bad_request("page is beyond the last one.")
    return Page(min(size, MOST), number)


def _count(given: dict[str, str], name: str, otherwise: int) -> int:
    text = given.get(name, "").strip()
    if not text:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) > 0):
        raise bad_request(f"{name} is no whole number from 1.")
    return int(text)
