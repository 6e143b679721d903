"""Samples that another auditor draws again: same seed, same ledger prefix, same sample.

The records are as they were at the end of the prefix, replayed for it; the draw orders them by a
hash of seed and record. So nothing that happened later moves it, nor does the software's version of
a random generator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from services.audit.differences import snapshot
from services.audit.folding import PREFIX, Folding
from services.projections import queries
from services.projections.views.case_status import CASE_STATUS

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from services.runtime.database import Connection

STATUSES = (
    "received",
    "triaged",
    "open",
    "under-investigation",
    "resolved",
    "kept-for-statistics",
)
URGENCIES = ("0", "1", "2", "3", "4")
TERM = re.compile(r"(status|type|urgency|desk)=(\S+)|(opened)(>=|<)(\S+)")
GRAMMAR = "status=…, type=…, urgency=0…4, desk=…, opened>=YYYY-MM-DD, opened<YYYY-MM-DD"
MOST = 10_000

RECORDS_SQL = f"""
with records as (
  select distinct on (coalesce(c.key, r.key))
         coalesce(c.key, r.key) as id, coalesce(c.call_number, r.report_number) as number,
         c.case_number, r.type, c.opened_at, r.purpose,
         coalesce(c.status, case when r.triaged_at is null then 'received' else 'triaged' end)
           as status,
         coalesce(c.urgency, r.urgency) as urgency, coalesce(c.desk, r.desk) as desk
  from {PREFIX}case_status_reports r left join {PREFIX}case_status_calls c on c.key = r.call_id
  order by coalesce(c.key, r.key), r.received_position
), asked as (
  select *, count(*) over () as population from records
  where (%(status)s::text is null or status = %(status)s)
    and (%(type)s::text is null or type = %(type)s)
    and (%(urgency)s::int is null or urgency = %(urgency)s)
    and (%(desk)s::text is null or desk = %(desk)s)
    and (%(opened_from)s::timestamptz is null or opened_at >= %(opened_from)s)
    and (%(opened_before)s::timestamptz is null or opened_at < %(opened_before)s)
)
select id::uuid, number, case_number, status, type, urgency, desk, purpose, opened_at, population
from asked order by sha256(convert_to(%(seed)s || '/' || id, 'UTF8')), id limit %(n)s
"""  # noqa: S608 - the prefix is a constant


class BadTermError(Exception):
    """A condition, size or position that is not valid; the message names it."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which records to draw from; None: any. Days are the agency's."""

    status: str | None = None
    type: str | None = None
    urgency: int | None = None
    desk: str | None = None
    opened_from: date | None = None
    opened_before: date | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """How many of which records; `through`: the last ledger position, else the newest one."""

    where: Where
    n: int
    seed: int
    through: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.n <= MOST:
            raise BadTermError(f"a sample has 1 to {MOST:,} records, not {self.n}")


def read_where(text: str) -> Where:
    """Terms joined by commas or `and`; BadTermError naming the one that cannot be understood."""
    given: dict[str, Any] = {}
    for term in filter(None, (each.strip() for each in re.split(r",|\band\b", text))):
        name, value = _term(re.sub(r"\s*(>=|<|=)\s*", r"\1", term))
        if name in given:
            raise BadTermError(f"{term!r}: this is given twice; a record has only one of it")
        given[name] = value
    return Where(**given)


def _term(term: str) -> tuple[str, Any]:
    found = TERM.fullmatch(term)
    if found is None:
        raise BadTermError(f"{term!r} is no condition; there are {GRAMMAR}")
    name, value, _, sign, day = found.groups()
    if name is None:
        try:
            return ("opened_from" if sign == ">=" else "opened_before"), date.fromisoformat(day)
        except ValueError:
            raise BadTermError(f"{term!r}: a day is written YYYY-MM-DD") from None
    if name == "status" and value not in STATUSES:
        raise BadTermError(f"{term!r}: a status is one of {', '.join(STATUSES)}")
    if name == "urgency" and value not in URGENCIES:
        raise BadTermError(f"{term!r}: an urgency is 0 (emergency) to 4 (record only)")
    return name, int(value) if name == "urgency" else value


async def sample(
    connection: Connection, draw: Draw, zone: ZoneInfo, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """The records drawn, in the order of the draw, and from how many."""
    async with snapshot(connection):
        head = await queries.head(connection)
        through = head if draw.through is None else draw.through
        if not -1 <= through <= head:
            raise BadTermError(f"the ledger has the positions 0 to {head}, not {through}")
        folding = Folding(connection, {CASE_STATUS: through + 1})
        await folding.prepare()
        await connection.execute("set transaction read only")
        await folding.whole(progress)
        found = await queries.rows(connection, RECORDS_SQL, _arguments(draw, zone))
    population = found[0]["population"] if found else 0
    for row in found:
        del row["population"]
    return {
        "through": through,
        "seed": draw.seed,
        "n": draw.n,
        "population": population,
        "items": found,
    }


def _arguments(draw: Draw, zone: ZoneInfo) -> dict[str, Any]:
    where = draw.where
    return {
        "status": where.status,
        "type": where.type,
        "urgency": where.urgency,
        "desk": where.desk,
        "opened_from": _begin(where.opened_from, zone),
        "opened_before": _begin(where.opened_before, zone),
        "seed": str(draw.seed),
        "n": draw.n,
    }


def _begin(day: date | None, zone: ZoneInfo) -> datetime | None:
    """The day's first moment where the agency is."""
    return datetime.combine(day, time.min, zone).astimezone(UTC) if day else None
