"""Training data of an agency's classifier: records of several agencies, and key words."""

from __future__ import annotations

import tomllib
from collections import Counter
from math import log
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from services.agency.loader import load_profile
from services.triage.domain.bundle import classifier_as_json
from services.triage.domain.words import words_of
from services.triage.training.classifier import Options, train
from services.triage.training.tables import Labelled, TableError, read_labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from services.agency.profile import AgencyProfile

KEYWORD_TIMES: Final = 3
MOST_OF_A_TYPE: Final = 1_500
LIGHTEST: Final = 150
MOST_WORDS: Final = 2_000
FEWEST_TEXTS: Final = 5


class Source(BaseModel):
    """One file of records, and the types its labels map to; other labels are left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    text: tuple[str, ...]
    labels: str
    types: dict[str, str]


def learn_types(
    agency: Path, sources: Path, records: Path, features: int, seed: int
) -> dict[str, Any]:
    """A classifier of the agency's types, with the rarity of words."""
    profile = load_profile(agency)
    rows = [*_from_sources(_sources(sources), records, profile), *_from_keywords(profile)]
    kept = list(_limit_per_type(rows))
    lesson = Labelled(tuple(text for text, _ in kept), tuple(label for _, label in kept))
    classifier = train(lesson, Options(seed, features, LIGHTEST))
    return {**classifier_as_json(classifier), "word_weights": _rarity([t for t, _ in rows])}


def _sources(file: Path) -> list[Source]:
    try:
        return [Source.model_validate(each) for each in tomllib.loads(file.read_text())["source"]]
    except (OSError, KeyError, ValueError, ValidationError) as error:
        raise TableError(f"{file}: {error}") from None


def _from_sources(
    sources: list[Source], records: Path, profile: AgencyProfile
) -> Iterator[tuple[str, str]]:
    for source in sources:
        if strange := set(source.types.values()) - profile.known_types:
            raise TableError(f"{source.file}: no such type: {', '.join(sorted(strange))}")
        rows = read_labelled(records / source.file, source.text, source.labels)
        for text, label in zip(rows.texts, rows.labels, strict=True):
            if text.strip() and label in source.types:
                yield text, source.types[label]


def _from_keywords(profile: AgencyProfile) -> Iterator[tuple[str, str]]:
    """Training rows from key words, for types that no records cover."""
    for type_ in profile.types.values():
        for text in (*type_.keywords, type_.label):
            if type_.id != profile.unknown_type:
                yield from [(text, type_.id)] * KEYWORD_TIMES


def _limit_per_type(rows: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """At most MOST_OF_A_TYPE rows of a type, evenly spaced: the agency's mixture is not the
    records'.
    """
    total = Counter(label for _, label in rows)
    seen: Counter[str] = Counter()
    for text, label in rows:
        step = max(total[label] / MOST_OF_A_TYPE, 1.0)
        seen[label] += 1
        if int(seen[label] / step) != int((seen[label] - 1) / step):
            yield text, label


def _rarity(texts: list[str]) -> Mapping[str, int]:
    """The common words with the logarithm of their rarity, in hundredths."""
    found = Counter(word for text in texts for word in {w for w, _, _ in words_of(text)})
    common = [(word, n) for word, n in found.most_common(MOST_WORDS) if n >= FEWEST_TEXTS]
    return {word: round(100 * log(len(texts) / n)) for word, n in sorted(common)}
