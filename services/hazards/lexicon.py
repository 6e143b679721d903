"""Layer L1's lexicon: phrases of danger in two languages, and cues that weaken them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from services.hazards.phrases import Index, parse

HERE = Path(__file__).parent
LEXICONS = (
    ("lexicon_en.toml", "lexicon_en_plain.toml"),
    ("lexicon_es.toml", "lexicon_es_plain.toml"),
)
"""The files of each language; word lists of one file are known in all of them."""
STRENGTHS = ("present", "event", "ask")
KEY = 8
"""Hexadecimal digits of a phrase's key."""
CUES = ("masks", "fiction", "now", "past", "long_past", "near_past", "hypothetical")


class Meaning(NamedTuple):
    """A phrase: its frame (kind of danger), and how strongly it indicates a current danger."""

    frame: str
    strength: str
    negative: bool
    """The phrase contains a negation itself ("not breathing"), so a negation inside it does not
    cancel it.
    """
    key: str
    """A digest of the phrase; training uses it to say whether the phrase is sure."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The compiled lexicon: phrases of danger with their meanings, and cues by kind."""

    dangers: Index
    meanings: tuple[Meaning, ...]
    cues: Index
    negations: frozenset[str]
    concepts: dict[str, tuple[str, ...]]
    """Word to the names of the lists that contain it."""


@cache
def lexicon() -> Lexicon:
    """The lexicon, loaded once; PhraseError when a phrase has no valid form."""
    contexts, dangers, meanings = _read("contexts.toml"), Index(), list[Meaning]()
    negations = frozenset(contexts["negation"]["words"])
    concepts: dict[str, tuple[str, ...]] = {}
    for names in LEXICONS:
        lists: dict[str, str] = {}
        for document in map(_read, names):
            lists |= document.pop("words")
            for frame, strengths in document.items():
                for strength in STRENGTHS:
                    for phrase in strengths.get(strength, ()):
                        for elements in parse(phrase, lists):
                            negative = any(negations & element.words for element in elements)
                            dangers.add(elements, len(meanings) + negative)
                        key = sha256(f"{frame} {strength} {phrase}".encode()).hexdigest()[:KEY]
                        meanings += [Meaning(frame, strength, each, key) for each in (False, True)]
        for name, words in lists.items():
            for word in words.split("|"):
                concepts[word] = (*concepts.get(word, ()), name)
    cues = Index()
    for number, kind in enumerate(CUES):
        for phrase in contexts[kind]["phrases"]:
            for elements in parse(phrase, {}):
                cues.add(elements, number)
    return Lexicon(dangers, tuple(meanings), cues, negations, concepts)


def files() -> list[tuple[str, bytes]]:
    """Name and content of every file of the text rules, in a fixed order."""
    return [
        (path.name, path.read_bytes())
        for path in sorted((*HERE.glob("*.toml"), *HERE.glob("*.json")))
    ]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text())
