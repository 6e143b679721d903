"""Rules for the type of a report: the declared type, else by the profile's key words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.agency.profile import AgencyProfile

CLASSIFICATION_VERSION = "classification/1"


@dataclass(frozen=True, slots=True)
class Classification:
    """The type, whether the reporting party declared it, and the key words' positions: (start,
    end).
    """

    type: str
    declared: bool
    matched: tuple[tuple[int, int], ...] = ()


def classify(profile: AgencyProfile, declared_type: str | None, text: str) -> Classification:
    """The type of a report. Never raises; linear in the length of the text.

    A declared type is kept, even outside the catalogue. The agency's unknown type declares nothing,
    so the text is searched all the same.
    """
    if declared_type and declared_type != profile.unknown_type:
        return Classification(declared_type, declared=True)
    hits = list(profile.keyword_index.search(text))
    counts = Counter(type_ for hit in hits for type_ in hit.types)
    if not counts:
        return Classification(profile.unknown_type, declared=bool(declared_type))
    # Ties are resolved by the catalogue's order.
    best = min(counts, key=lambda type_: (-counts[type_], profile.place_of_type[type_]))
    return Classification(
        best, False, tuple((hit.start, hit.end) for hit in hits if best in hit.types)
    )
