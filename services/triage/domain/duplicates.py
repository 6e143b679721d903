"""Which earlier report is about the same incident: streaming Fellegi-Sunter, in bits. Pure.

Each pair is scored by the weights of what agrees and disagrees. A suggestion needs only its own
pair's score. An automatic link needs one incident to be far more probable than no incident *and*
all others together, so that a crowded place never links by chance. Links point to an anchor, so
that there are no chains.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, Final

from events.triage import Link
from services.triage.domain.duplicate_weights import DuplicateWeights, weight_at
from services.triage.domain.likelihood import WHOLE, halved, odds
from services.triage.domain.places import metres_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from services.triage.domain.traits import Traits

MOST_LINKS: Final = 3
VICTIMS: Final = frozenset({"property", "fraud", "persons"})
"""Groups of types where another house is another victim."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the report's own type."""

    horizon_minutes: int
    distance_metres: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """One comparison: milli-bits by kind of evidence, and what forbids linking, if anything."""

    other: Traits
    parts: Mapping[str, int]
    score: int
    metres: int
    minutes: int
    veto: str | None

    @property
    def families(self) -> int:
        """How many independent kinds of evidence favour a link."""
        parts = self.parts
        return sum(
            (
                parts["place"] > 0,
                parts["type"] + parts["text"] > 0 or parts["vehicle"] > 0,
                parts["identity"] > 0,
            )
        )

    @property
    def anchor(self) -> UUID:
        """The anchor of the other report's incident."""
        return self.other.anchor or self.other.report_id


@dataclass(frozen=True, slots=True)
class DuplicatesFound:
    """The anchor of the incident, and links to its most probable reports."""

    anchor: UUID
    links: tuple[Link, ...] = ()


def find_duplicates(
    own: Traits,
    own_terms: Mapping[int | str, int],
    others: Iterable[Traits],
    weights: DuplicateWeights,
    limits: Limits,
) -> DuplicatesFound:
    """The anchor of `own` among candidate reports; its own id when there is none."""
    known = [other for other in others if other.exercise == own.exercise]
    stays = any(
        other.anchor == own.report_id and other.report_id != own.report_id for other in known
    )
    pairs = [
        pair
        for other in known
        if _may_be_followed(own, other)
        and (pair := compare(own, own_terms, other, weights, limits)) is not None
    ]
    pairs.sort(key=lambda pair: (-pair.score, pair.metres, pair.minutes, str(pair.other.report_id)))
    auto = None if stays else _certain(pairs, weights)
    links = _links(pairs, auto, weights)
    return DuplicatesFound(auto[0].anchor if auto else own.report_id, links)


def compare(
    own: Traits,
    own_terms: Mapping[int | str, int],
    other: Traits,
    weights: DuplicateWeights,
    limits: Limits,
) -> Pair | None:
    """Score a pair of reports.

    None where there is no place to compare, or where no similarity could outweigh the differences.
    """
    metres = _metres(own, other)
    same_address = own.address is not None and own.address == other.address
    if metres is None and not same_address:
        return None
    minutes = abs(own.minute - other.minute)
    late = minutes > limits.horizon_minutes
    place = _place(own, other, metres, weights, same_address=same_address)
    time = weights.later if late else weight_at(weights.time, minutes, weights.later)
    identity = _identity(own, other, weights)
    rest = weights.prior + place + time + identity
    if rest + weights.most_for_what < 0:
        return None
    vehicle = _vehicle(own, other, weights)
    kind = _type(own, other, weights)
    text = _text(own, own_terms, other, weights)
    what = min(kind + text + vehicle, weights.most_for_what)
    return Pair(
        other=other,
        parts={
            "place": place,
            "time": time,
            "type": kind,
            "text": text,
            "vehicle": vehicle,
            "cap": what - kind - text - vehicle,
            "identity": identity,
            "prior": weights.prior,
        },
        score=rest + what,
        metres=metres or 0,
        minutes=minutes,
        veto=_veto(own, other, metres, late=late, limits=limits),
    )


def _metres(own: Traits, other: Traits) -> int | None:
    if own.north is None or own.east is None or other.north is None or other.east is None:
        return None
    return metres_apart(own.north, own.east, other.north, other.east)


def _place(
    own: Traits,
    other: Traits,
    metres: int | None,
    weights: DuplicateWeights,
    *,
    same_address: bool,
) -> int:
    near = (
        weights.farther if metres is None else weight_at(weights.distance, metres, weights.farther)
    )
    place = max(near, weights.same_address) if same_address else near
    differs = own.house and other.house and own.house != other.house
    return place + weights.house_differs if differs else place


def _identity(own: Traits, other: Traits, weights: DuplicateWeights) -> int:
    same = weights.same_contact if own.contacts & other.contacts else 0
    cited = other.report_number in own.cites or own.report_number in other.cites
    return same + weights.cited if cited else same


def _type(own: Traits, other: Traits, weights: DuplicateWeights) -> int:
    if own.type == other.type:
        return weights.same_type
    if own.group is not None and own.group == other.group:
        return weights.same_group
    return weights.other_type


def _text(
    own: Traits, own_terms: Mapping[int | str, int], other: Traits, weights: DuplicateWeights
) -> int:
    """The weight of the texts' similarity; none where one of them is too short."""
    if min(len(own_terms), len(other.terms)) < weights.fewest_words:
        return 0
    common = sum(own_terms[term] ** 2 for term in own_terms.keys() & other.terms)
    product = own.norm * other.norm
    likeness = min(isqrt(common * common * WHOLE * WHOLE // product), WHOLE) if product else 0
    return weight_at(weights.text, likeness, 0)


def _vehicle(own: Traits, other: Traits, weights: DuplicateWeights) -> int:
    if not own.plates or not other.plates:
        return 0
    if own.plates & other.plates:
        return weights.plate_exact
    return (
        weights.plate_confusable
        if own.plates_alike & other.plates_alike
        else (weights.plate_differs)
    )


def _veto(
    own: Traits, other: Traits, metres: int | None, *, late: bool, limits: Limits
) -> str | None:
    """The reason that forbids an automatic link at any score; None when there is none."""
    if late:
        return "horizon"
    if limits.distance_metres is not None and (metres or 0) > limits.distance_metres:
        return "distance"
    victims = own.group in VICTIMS and other.group in VICTIMS
    if victims and own.house and other.house and own.house != other.house:
        return "another-house"
    if victims and own.plates and other.plates and not own.plates_alike & other.plates_alike:
        return "another-vehicle"
    return None


def _may_be_followed(own: Traits, other: Traits) -> bool:
    """Whether `own` may be linked to it: any decided report, or an undecided one that came first.

    Otherwise two undecided reports would link to each other.
    """
    if other.report_id == own.report_id:
        return False
    if other.anchor is not None:
        return True
    return (other.received_at, str(other.report_id)) < (own.received_at, str(own.report_id))


def _certain(pairs: Sequence[Pair], weights: DuplicateWeights) -> tuple[Pair, int] | None:
    """The best pair of the one incident that is certain enough, and its probability."""
    if not pairs or pairs[0].score <= 0:
        return None
    top = pairs[0].score
    powers: dict[UUID, int] = {}
    for pair in pairs:
        powers[pair.anchor] = powers.get(pair.anchor, 0) + halved(top - pair.score)
    best = pairs[0]
    sure = powers[best.anchor] * WHOLE // (sum(powers.values()) + halved(top))
    if sure < weights.auto or best.veto or best.families < 2:
        return None
    return best, sure


def _links(
    pairs: Sequence[Pair], auto: tuple[Pair, int] | None, weights: DuplicateWeights
) -> tuple[Link, ...]:
    """The automatic link, if any, and suggestions; a suggestion's probability is never 100 %."""
    found = []
    for pair in pairs:
        if auto is not None and pair is auto[0]:
            found.append(_link(pair, "same", auto[1]))
        elif (sure := odds(pair.score)) >= weights.suggest:
            found.append(_link(pair, "suggested", min(sure, weights.auto - 1)))
        if len(found) == MOST_LINKS:
            break
    return tuple(found)


def _link(pair: Pair, relation: str, sure: int) -> Link:
    return Link(
        report_id=pair.other.report_id,
        report_number=pair.other.report_number,
        relation=relation,
        distance_metres=pair.metres,
        minutes_apart=pair.minutes,
        probability=sure,
        evidence={name: part for name, part in pair.parts.items() if part},
        veto=pair.veto,
    )
