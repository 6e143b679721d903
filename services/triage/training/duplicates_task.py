"""`--task duplicates`: links made after a split date, evaluated with weights from earlier ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from services.triage.domain.block_index import BlockIndex
from services.triage.domain.duplicates import DuplicatesFound, Limits, find_duplicates
from services.triage.domain.places import metres_apart
from services.triage.domain.share import share

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from services.triage.domain.duplicate_weights import DuplicateWeights
    from services.triage.domain.traits import Traits
    from services.triage.training.linked_records import LinkedRecords

FLOOR_METRES = 250
MOST_OFFERED = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """For one record: the anchor of its automatic link, and all records offered."""

    report_id: UUID
    auto: UUID | None
    offered: tuple[UUID, ...]


def evaluate_duplicates(
    records: LinkedRecords, weights: DuplicateWeights, split: datetime
) -> dict[str, Any]:
    """Our rules and a baseline over the same stream, evaluated on links later than `split`."""
    horizon = weights.unknown_horizon_hours * 60

    def ours(own: Traits, others: Sequence[Traits]) -> DuplicatesFound:
        terms = records.terms[own.report_id]
        return find_duplicates(own, terms, others, weights, Limits(horizon))

    later = {each.report_id for each in records.records if each.received_at >= split}
    return {
        "task": "duplicates",
        "records": len(records.records),
        "links": len(records.links),
        "split": split.isoformat(),
        "ours": _judge(records, replay(records, ours, horizon), later),
        "floors": {
            f"same type within {FLOOR_METRES} m, nearest": _judge(
                records, replay_floor(records, horizon), later
            )
        },
    }


def replay(
    records: LinkedRecords,
    find: Callable[[Traits, Sequence[Traits]], DuplicatesFound],
    horizon: int,
) -> list[Answer]:
    """Decide record by record in time order, as the service does."""
    index, answers = BlockIndex(), []
    for own in records.records:
        found = find(own, index.around(own, horizon))
        index.add(replace(own, anchor=found.anchor))
        auto = next((link.report_id for link in found.links if link.relation == "same"), None)
        answers.append(Answer(own.report_id, auto, tuple(link.report_id for link in found.links)))
    return answers


def replay_floor(records: LinkedRecords, horizon: int) -> list[Answer]:
    """The baseline: the nearest of the same type within 250 m; the next two are suggested."""
    index, answers = BlockIndex(), []
    for own in records.records:
        near = sorted(
            (metres, own.minute - other.minute, str(other.report_id), other.report_id)
            for other in index.around(own, horizon)
            if other.type == own.type and (metres := _metres(own, other)) <= FLOOR_METRES
        )
        index.add(own)
        offered = tuple(entry[3] for entry in near[:MOST_OFFERED])
        answers.append(Answer(own.report_id, offered[0] if offered else None, offered))
    return answers


def _metres(own: Traits, other: Traits) -> int:
    if own.north is None or own.east is None or other.north is None or other.east is None:
        return FLOOR_METRES + 1
    return metres_apart(own.north, own.east, other.north, other.east)


def _judge(records: LinkedRecords, answers: Sequence[Answer], later: set[UUID]) -> dict[str, Any]:
    """Compare the answers with the links; only the later of two linked records has a known answer.

    A link to a record whose closure says duplicate, without naming of what, is neither right nor
    wrong. Links of all other records are only counted, because staff linked few.
    """
    incidents = incidents_of(records)
    seen: set[UUID] = set()
    right = made = offered = wanted = elsewhere = 0
    for answer in answers:
        own, incident = answer.report_id, incidents.get(answer.report_id, frozenset())
        if own in later and incident & seen:
            hit = answer.auto in incident
            wanted += 1
            right += hit
            made += hit or (answer.auto is not None and answer.auto not in records.unsure)
            offered += bool(incident & set(answer.offered))
        elif own in later:
            elsewhere += answer.auto is not None
        seen.add(own)
    return {
        "auto_precision": share(right, made).as_json(),
        "auto_recall": share(right, wanted).as_json(),
        "top_three_recall": share(offered, wanted).as_json(),
        "auto_links_of_other_records": share(elsewhere, len(later) - wanted).as_json(),
    }


def incidents_of(records: LinkedRecords) -> dict[UUID, frozenset[UUID]]:
    """Each linked record with all records of its incident, following links transitively."""
    groups: dict[UUID, set[UUID]] = {}
    for pair in records.links:
        joined = set().union(*(groups.get(each, {each}) for each in pair))
        groups.update(dict.fromkeys(joined, joined))
    return {each: frozenset(group) for each, group in groups.items()}
