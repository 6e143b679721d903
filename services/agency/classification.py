"""The first rules for the type of a report: as declared, else by the profile's key words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.agency.profile import AgencyProfile

CLASSIFICATION_VERSION = "classification/1"


@dataclass(frozen=True, slots=True)
class Classification:
    """The type, whether the reporting party named it, and where the text says it: (start, end)."""

    type: str
    declared: bool
    matched: tuple[tuple[int, int], ...] = ()


def classify(profile: AgencyProfile, declared_type: str | None, text: str) -> Classification:
    """The type of a report. Never raises, whatever the text; linear in its length.

    A declared type stays, even outside the catalogue. To declare the agency's unknown type says
    only that none of the others fits at sight, so the text is still looked at.
    """
    if declared_type and declared_type != profile.unknown_type:
        return Classification(declared_type, declared=True)
    hits = list(profile.keyword_index.search(text))
    counts = Counter(type_ for hit in hits for type_ in hit.types)
    if not counts:
        return Classification(profile.unknown_type, declared=bool(declared_type))
    # Ties fall to the catalogue's order.
    best = min(counts, key=lambda type_: (-counts[type_], profile.place_of_type[type_]))
    return Classification(
        best, False, tuple((hit.start, hit.end) for hit in hits if best in hit.types)
    )
