"""Earlier reports in memory, found by the same rules as in the table of candidates."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from heapq import nlargest
from typing import TYPE_CHECKING, Final

from services.triage.domain.places import CELL_DEGREES, PER_DEGREE, cell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from services.triage.domain.traits import Traits

NEWEST: Final = 32
"""Of the same type; a block is limited to its newest reports (triage.md)."""
NEWEST_OTHERS: Final = 8
NEWEST_THERE: Final = 16
"""Of one address, any type: a busy area must not hide reports at the same address."""
CELL: Final = round(CELL_DEGREES * PER_DEGREE)


@dataclass
class BlockIndex:
    """Reports by cell and type, and by their other evidence."""

    _cells: dict[int, dict[str, list[UUID]]] = field(default_factory=dict)
    _by_token: dict[tuple[str, int | str], list[UUID]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _by_address: dict[int | str, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    _reports: dict[UUID, Traits] = field(default_factory=dict)

    def add(self, traits: Traits) -> None:
        """Add a report; adding it again, once decided, replaces it."""
        known = traits.report_id in self._reports
        self._reports[traits.report_id] = traits
        if known:
            return
        if traits.north is not None and traits.east is not None:
            here = cell(traits.north // CELL, traits.east // CELL)
            types = self._cells.setdefault(here, {})
            types.setdefault(traits.type, []).append(traits.report_id)
        if traits.address is not None:
            self._by_address[traits.address].append(traits.report_id)
        for key in _tokens(traits):
            self._by_token[key].append(traits.report_id)

    def follow(self, report_id: UUID, anchor: UUID) -> None:
        """Set another anchor of a report; an unknown report is ignored."""
        if traits := self._reports.get(report_id):
            self._reports[report_id] = replace(traits, anchor=anchor)

    def around(self, traits: Traits, horizon_minutes: int) -> list[Traits]:
        """The reports that may be about the same incident."""
        found = dict.fromkeys(
            each for key in _tokens(traits) for each in self._by_token.get(key, ())
        )
        same, others = self._near(traits)
        reports = self._reports

        def newest(ids: list[UUID], most: int) -> list[UUID]:
            inside = [
                each for each in ids if abs(reports[each].minute - traits.minute) <= horizon_minutes
            ]
            if len(inside) <= most:
                return inside
            return nlargest(most, inside, key=lambda each: reports[each].minute)

        found.update(dict.fromkeys(newest(same, NEWEST)))
        found.update(dict.fromkeys(newest(others, NEWEST_OTHERS)))
        if traits.address is not None:
            there = self._by_address.get(traits.address, [])[-4 * NEWEST_THERE :]
            found.update(dict.fromkeys(newest(there, NEWEST_THERE)))
        found.pop(traits.report_id, None)
        return [reports[each] for each in found]

    def _near(self, traits: Traits) -> tuple[list[UUID], list[UUID]]:
        same: list[UUID] = []
        others: list[UUID] = []
        if traits.north is None or traits.east is None:
            return same, others
        row, column = traits.north // CELL, traits.east // CELL
        for place in ((row + dy, column + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
            for type_, ids in self._cells.get(cell(*place), {}).items():
                if type_ == traits.type:
                    same += ids[-4 * NEWEST :]
                else:
                    others += ids[-NEWEST_OTHERS:]
        return same, others


def _tokens(traits: Traits) -> Iterator[tuple[str, int | str]]:
    for plate in traits.plates_alike:
        yield "plate", plate
    for contact in traits.contacts:
        yield "contact", contact
    yield "number", traits.report_number
    for number in traits.cites:
        yield "number", number
