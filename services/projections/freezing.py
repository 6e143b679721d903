"""An event that cannot be folded stops one row, not the view; what follows on the row waits too.

Each row is a fold of its own, of the events that name its key, in the order of the ledger. So an
event at which `evolve` fails concerns the rows it names and no others: such a row stays as it was
before, *frozen*, and the event and its successors on that row are parked by position. Once the fold
is mended they are applied in order, which gives the row a rebuild gives.

Whatever cannot say which rows it concerns stops the view instead: an unknown name, bytes that are
not ours, a `key` that fails, a value that Postgres refuses, Postgres itself. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from services.projections.view import Entry, Table

Row = TypeVar("Row", bound=tuple[Any, ...])


@dataclass(frozen=True, slots=True)
class Parked:
    """An entry that waits: it failed (the error's class), or it follows one that did (None)."""

    key: str
    position: int
    reason: str | None


@dataclass(slots=True)
class Folded(Generic[Row]):
    """The rows that entries touched, and the entries that have to wait."""

    touched: dict[str, Row] = field(default_factory=dict)
    parked: list[Parked] = field(default_factory=list)


def fold_or_park(
    table: Table[Row],
    rows: Mapping[str, Row],
    keyed: Iterable[tuple[str, Entry]],
    frozen: Collection[str] = (),
) -> Folded[Row]:
    """Fold each entry into the row of its key, starting from `rows` and sparing `frozen` ones."""
    folded, stuck, evolve = Folded[Row](), set(frozen), table.evolve
    touched, before = folded.touched, rows.get
    for key, entry in keyed:
        if key in stuck:
            folded.parked.append(Parked(key, entry.position, None))
            continue
        row = touched[key] if key in touched else before(key)
        try:
            touched[key] = evolve(row, entry)
        except MemoryError:
            raise
        except Exception as error:
            stuck.add(key)
            folded.parked.append(Parked(key, entry.position, type(error).__name__))
    return folded
