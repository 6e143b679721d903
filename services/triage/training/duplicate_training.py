"""Estimating the weights of duplicates from links that staff made before a date.

Agreement of matches (m) is counted on the links, that of others (u) on pairs of one block. Traits
missing in the records (free text, plates, contacts) keep their weights, and so do distances: these
records give the nearest address, not the reported place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from math import log2
from typing import TYPE_CHECKING, Final

from services.triage.domain.block_index import CELL, BlockIndex
from services.triage.domain.duplicate_weights import DuplicateWeights
from services.triage.domain.duplicates import Limits, find_duplicates
from services.triage.domain.places import cell, metres_apart
from services.triage.training.duplicates_task import incidents_of
from services.triage.training.tables import TableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from services.triage.domain.traits import Traits
    from services.triage.training.linked_records import LinkedRecords

DISTANCES: Final = (25, 75, 150, 300)
TIMES: Final = (1, 3, 10, 60, 360, 1_440, 4_320, 10_080, 20_160, 43_200, 86_400)
EVERY: Final = 20
"""One record in this many is compared with all of its block, for u."""
SMOOTHING: Final = 1.0
HEAVIEST_BITS: Final = 10.0
PRIORS: Final = range(-14_000, -1_999, 500)
COST_OF_A_WRONG_LINK: Final = 3


def estimate(records: LinkedRecords, before: datetime) -> DuplicateWeights:
    """Weights from links with both ends before `before`."""
    known = {each.report_id: each for each in records.records if each.received_at < before}
    early = [sorted(pair, key=str) for pair in records.links if pair <= known.keys()]
    matches: list[tuple[Traits, ...]] = [tuple(known[each] for each in pair) for pair in early]
    if not matches:
        raise TableError(f"no link is earlier than {before.date()}")
    horizon = DuplicateWeights().unknown_horizon_hours * 60
    others: list[tuple[Traits, ...]] = list(_block_pairs(list(known.values()), records, horizon))
    counted: dict[str, tuple[Counter[int], Counter[int]]] = {
        name: (Counter(), Counter()) for name in ("place", "house", "time", "type")
    }
    for side, pairs in ((0, matches), (1, others)):
        for one, other in pairs:
            for name, value in _agreement(one, other).items():
                counted[name][side][value] += 1
    place = _weights(*counted["place"], (-1, *DISTANCES))
    house = _weights(*counted["house"], (1, 0))
    time = _weights(*counted["time"], TIMES)
    type_ = _weights(*counted["type"], (1, 0))
    weights = DuplicateWeights(
        same_address=place[-1],
        house_differs=min(house[1], 0),
        time=tuple((limit, time[limit]) for limit in TIMES),
        same_type=type_[1],
        other_type=type_[0],
    )
    return weights.model_copy(update={"prior": _prior(records, weights, before, horizon)})


def middle_of(records: LinkedRecords) -> datetime:
    """The time by which half of the linked pairs are complete."""
    received = {each.report_id: each.received_at for each in records.records}
    later = sorted(max(received[each] for each in pair) for pair in records.links)
    return later[len(later) // 2]


def _agreement(one: Traits, other: Traits) -> dict[str, int]:
    """The step of each table that the pair falls into."""
    same = one.address is not None and one.address == other.address
    metres = metres_apart(one.north or 0, one.east or 0, other.north or 0, other.east or 0)
    minutes = abs(one.minute - other.minute)
    return {
        "place": -1 if same else next((d for d in DISTANCES if metres <= d), DISTANCES[-1]),
        "house": int(bool(one.house and other.house and one.house != other.house)),
        "time": next((t for t in TIMES if minutes <= t), TIMES[-1]),
        "type": int(one.type == other.type),
    }


def _weights(matches: Counter[int], others: Counter[int], steps: Sequence[int]) -> dict[int, int]:
    """log2(m/u) of every step, in milli-bits, with add-one smoothing."""
    of_matches = matches.total() + SMOOTHING * len(steps)
    of_others = others.total() + SMOOTHING * len(steps)
    found = {}
    for step in steps:
        ratio = ((matches[step] + SMOOTHING) / of_matches) / (
            (others[step] + SMOOTHING) / of_others
        )
        found[step] = round(1000 * max(-HEAVIEST_BITS, min(HEAVIEST_BITS, log2(ratio))))
    return found


def _block_pairs(
    known: Sequence[Traits], records: LinkedRecords, horizon: int
) -> Iterator[tuple[Traits, Traits]]:
    """Pairs of one block that are not linked."""
    cells: dict[int, list[Traits]] = defaultdict(list)
    for number, own in enumerate(known):
        if own.north is None or own.east is None:
            continue
        row, column = own.north // CELL, own.east // CELL
        if number % EVERY == 0:
            for place in ((row + dy, column + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
                for other in cells[cell(*place)]:
                    pair = frozenset((own.report_id, other.report_id))
                    if own.minute - other.minute <= horizon and pair not in records.links:
                        yield own, other
        cells[cell(row, column)].append(own)


def _prior(
    records: LinkedRecords, weights: DuplicateWeights, before: datetime, horizon: int
) -> int:
    """The prior with the best result on the early links."""
    incidents = incidents_of(records)
    cases = _cases(records, incidents, before, horizon)
    tried = {
        prior: _try(cases, incidents, records, weights.model_copy(update={"prior": prior}), horizon)
        for prior in PRIORS
    }
    return max(tried, key=lambda prior: (_benefit(*tried[prior]), -prior))


def _benefit(right: int, made: int) -> int:
    """Correct links minus the cost of wrong ones, which a person has to take back."""
    return right - COST_OF_A_WRONG_LINK * (made - right)


def _cases(
    records: LinkedRecords, incidents: dict[UUID, frozenset[UUID]], before: datetime, horizon: int
) -> list[tuple[Traits, list[Traits]]]:
    index, cases = BlockIndex(), []
    for own in records.records:
        if own.received_at >= before:
            break
        if own.report_id in incidents:
            cases.append((own, index.around(own, horizon)))
        index.add(replace(own, anchor=own.report_id))
    return cases


def _try(
    cases: Sequence[tuple[Traits, list[Traits]]],
    incidents: dict[UUID, frozenset[UUID]],
    records: LinkedRecords,
    weights: DuplicateWeights,
    horizon: int,
) -> tuple[int, int]:
    anchors: dict[UUID, UUID] = {}
    seen: set[UUID] = set()
    right = made = 0
    for own, around in cases:
        others = [replace(o, anchor=anchors.get(o.report_id, o.anchor)) for o in around]
        found = find_duplicates(own, records.terms[own.report_id], others, weights, Limits(horizon))
        anchors[own.report_id] = found.anchor
        auto = next((link.report_id for link in found.links if link.relation == "same"), None)
        incident = incidents[own.report_id]
        if auto is not None and auto not in records.unsure and incident & seen:
            made += 1
            right += auto in incident
        seen.add(own.report_id)
    return right, made
