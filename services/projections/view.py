"""What a view is: tables of rows, each row the fold of the events that name its key. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from events.registry import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from events.envelope import Envelope, Event

Row = TypeVar("Row", bound=tuple[Any, ...])


@dataclass(frozen=True, slots=True)
class Entry:
    """An event at its place in the ledger."""

    position: int
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """One table of a view. `row` is a NamedTuple whose first field is `key`.

    `key` says which row an event belongs to (None: none); `evolve` makes the row of the row before.
    No column may depend on the clock, and nothing is counted up that a repeat would count twice.
    `opens` names the event that makes a row and that the row's other events come after.
    """

    name: str
    row: type[Row]
    key: Callable[[Envelope], str | None]
    evolve: Callable[[Row | None, Entry], Row]
    opens: type[Event] | None = None

    @property
    def columns(self) -> list[str]:
        """Column names, in the order of the row."""
        return list(self.row._fields)  # type: ignore[attr-defined]

    @property
    def values(self) -> Callable[[Row], tuple[Any, ...]]:
        """A row's values in the order of the columns."""
        return tuple


@dataclass(frozen=True, slots=True)
class View:
    """A question the business asks, its tables, and the events that matter to it.

    `version` goes up when the same history would give other rows: they are then made anew beside
    those that are served. `unread` names fields of events that no fold here looks at.
    """

    name: str
    tables: tuple[Table[Any], ...]
    events: tuple[type[Event], ...]
    version: int = 1
    unread: frozenset[str] = frozenset()

    @property
    def handled(self) -> frozenset[str]:
        """Stored names of the events that matter."""
        return frozenset(NAMES[event] for event in self.events)


def id_text(stream_id: str) -> str:
    """The id in a stream's name, as text."""
    return stream_id.partition("-")[2]


def fold(table: Table[Row], rows: Mapping[str, Row], entries: Iterable[Entry]) -> dict[str, Row]:
    """The rows of `table` that `entries` touch, starting from `rows`. The first error is raised."""
    touched: dict[str, Row] = {}
    for entry in entries:
        key = table.key(entry.envelope)
        if key is not None:
            touched[key] = table.evolve(touched.get(key, rows.get(key)), entry)
    return touched
