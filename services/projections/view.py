"""What a view is: tables of rows, each row the fold of the events that name its key. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from events.registry import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from events.envelope import Envelope, Event

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Entry:
    """An event at its place in the ledger."""

    position: int
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """One table of a view. `row` is a frozen dataclass whose first field is `key`.

    `key` says which row an event belongs to (None: none); `evolve` makes the row of the row before.
    No column may depend on the clock, and nothing is counted up that a repeat would count twice.
    """

    name: str
    row: type[Row]
    key: Callable[[Envelope], str | None]
    evolve: Callable[[Row | None, Entry], Row]

    @property
    def columns(self) -> list[str]:
        """Column names, in the order of the dataclass."""
        return [column.name for column in fields(self.row)]  # type: ignore[arg-type]

    @property
    def values(self) -> Callable[[Row], tuple[Any, ...]]:
        """A row's values in the order of the columns; `astuple` would copy each of them deeply."""
        return attrgetter(*self.columns)


@dataclass(frozen=True, slots=True)
class View:
    """A question the business asks, its tables, and the events that matter to it."""

    name: str
    tables: tuple[Table[Any], ...]
    events: tuple[type[Event], ...]

    @property
    def handled(self) -> frozenset[str]:
        """Stored names of the events that matter."""
        return frozenset(NAMES[event] for event in self.events)


def id_text(stream_id: str) -> str:
    """The id in a stream's name, as text."""
    return stream_id.partition("-")[2]


def fold(table: Table[Row], rows: dict[str, Row], entries: Sequence[Entry]) -> dict[str, Row]:
    """The rows of `table` that `entries` touch, starting from `rows`."""
    touched: dict[str, Row] = {}
    for entry in entries:
        key = table.key(entry.envelope)
        if key is not None:
            touched[key] = table.evolve(touched.get(key, rows.get(key)), entry)
    return touched
