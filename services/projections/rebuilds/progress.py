"""Where every view and its rebuild stand: for the command line, the API and the page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from services.projections.views import VIEWS

if TYPE_CHECKING:
    from datetime import datetime

    from services.runtime.database import Connection

# One statement and so one moment: a switch renames checkpoints.
COPIES_SQL = """
select c.view, c.position, c.version, c.failed,
       extract(epoch from clock_timestamp() - c.moved_at)::float8,
       (select count(*) from parked_entries p where p.copy = c.view),
       s.size, r.view, r.state, r.started_by, r.started_at, r.switch_when_built, r.built_at,
       r.switched_at, case when r.state = 'building' and c.position > r.run_began_from then
         (c.position - r.run_began_from)
         / greatest(extract(epoch from c.moved_at - r.run_began_at), 0.001) end::float8
from checkpoints c cross join ledger_size s left join rebuilds r
  on c.view = r.view || case when r.state = 'switched' then '_old' else '_next' end
"""

PARKED_SQL = """
select copy, table_name, key, count(*), min(position), min(reason), min(parked_at)
from parked_entries group by copy, table_name, key order by min(parked_at), copy, key limit 100
"""


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a view. `position` is the next it will read; `version` made its rows."""

    position: int
    version: int
    failed: str | None
    seconds_since_it_moved: float
    parked: int
    behind: int


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """A rebuild and its copy: the next one, or after the switch the old one."""

    state: str
    started_by: str
    started_at: datetime
    switch_when_built: bool
    built_at: datetime | None
    switched_at: datetime | None
    copy: Copy
    events_per_second: float | None
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class ViewProgress:
    """A view: the copy that is served, and its rebuild if there is one."""

    view: str
    version: int
    """Of the code. Rows of another version need a rebuild."""
    ledger_size: int
    served: Copy | None
    rebuild: Rebuilding | None

    @property
    def needs_rebuild(self) -> bool:
        """The served rows were made by another version of the fold."""
        return self.served is not None and self.served.version != self.version

    def as_dict(self) -> dict[str, Any]:
        """As JSON shows it."""
        return asdict(self) | {"needs_rebuild": self.needs_rebuild}


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A row that stands still since `position`, and how many events wait for it."""

    copy: str
    table: str
    key: str
    events: int
    position: int
    reason: str | None
    since: datetime


async def progress(connection: Connection) -> list[ViewProgress]:
    """Every view, in the order of the code."""
    cursor = await connection.execute(COPIES_SQL.encode())
    copies, rebuilds, size = dict[str, Copy](), dict[str, Rebuilding](), 0
    for row in await cursor.fetchall():
        name, position, version, failed, seconds, parked, size = row[:7]
        copies[name] = Copy(position, version, failed, seconds, parked, size - position)
        if row[7] is not None:
            rebuilds[row[7]] = _rebuilding(row[8:], copies[name])
    return [
        ViewProgress(view.name, view.version, size, copies.get(view.name), rebuilds.get(view.name))
        for view in VIEWS
    ]


def _rebuilding(row: tuple[Any, ...], copy: Copy) -> Rebuilding:
    state, by, started_at, at_once, built_at, switched_at, rate = row
    left = copy.behind / rate if rate else None
    return Rebuilding(state, by, started_at, at_once, built_at, switched_at, copy, rate, left)


async def parked_rows(connection: Connection) -> list[ParkedRow]:
    """Rows that stand still, of any copy of any view, the longest first; at most a hundred."""
    cursor = await connection.execute(PARKED_SQL.encode())
    return [ParkedRow(*row) for row in await cursor.fetchall()]
