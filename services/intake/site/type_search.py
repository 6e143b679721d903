"""Finding a type by words: the profile's key words first, then the words of the labels. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from services.agency.keywords import WORD, fold

if TYPE_CHECKING:
    from services.agency.profile import AgencyProfile
    from services.agency.site import SiteInLanguage

MOST = 5
KEYWORD, LABEL = 3, 1
SHORTEST = 3


def find_types(profile: AgencyProfile, local: SiteInLanguage, text: str) -> list[str]:
    """The best matching types, best first; ties in the catalogue's order."""
    scores: Counter[str] = Counter()
    for hit in profile.keyword_index.search(text):
        scores.update(dict.fromkeys(hit.types, KEYWORD))
    words = {word for word in WORD.findall(fold(text)[0]) if len(word) >= SHORTEST}
    for id_, label in local.types.items():
        scores[id_] += LABEL * len(words & set(WORD.findall(fold(label)[0])))
    found = [id_ for id_ in profile.types if scores[id_] and id_ != profile.unknown_type]
    return sorted(found, key=lambda id_: -scores[id_])[:MOST]
