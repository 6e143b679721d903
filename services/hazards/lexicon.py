"""Layer L1's words: frames of danger in two languages, and what takes the danger out of them."""

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
"""The files of each language; the word lists of one hold in all of them."""
STRENGTHS = ("present", "event", "ask")
KEY = 8
"""Hexadecimal digits of a phrase's key."""
CUES = ("masks", "fiction", "now", "past", "long_past", "near_past", "hypothetical")


class Meaning(NamedTuple):
    """A phrase: its frame, and how surely it says that something goes on."""

    frame: str
    strength: str
    negative: bool
    """It says no itself ("not breathing"): a no inside it denies nothing."""
    key: str
    """A digest of the phrase, by which training says how sure it is."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything compiled: phrases of danger by meaning, cues by kind."""

    dangers: Index
    meanings: tuple[Meaning, ...]
    cues: Index
    negations: frozenset[str]
    concepts: dict[str, tuple[str, ...]]
    """Word to the names of the lists that it stands in."""


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once; PhraseError when a phrase in it means nothing."""
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
    """Every file that the text rules are made of, with its name, in order."""
    return [
        (path.name, path.read_bytes())
        for path in sorted((*HERE.glob("*.toml"), *HERE.glob("*.json")))
    ]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text())
