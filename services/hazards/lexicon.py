"""Layer L1's words: frames of danger in English and Spanish, and what takes the danger out of them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from services.hazards.phrases import Index, parse

HERE = Path(__file__).parent
LEXICONS = ("lexicon_en.toml", "lexicon_es.toml")
STRENGTHS = ("present", "event", "ask")
CUES = ("masks", "fiction", "now", "past", "near_past", "hypothetical")


class Meaning(NamedTuple):
    """The frame of a phrase, and how surely it says that something goes on."""

    frame: str
    strength: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything compiled: phrases of danger by meaning, cues by kind."""

    dangers: Index
    meanings: tuple[Meaning, ...]
    cues: Index
    negations: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once; PhraseError when a phrase in it means nothing."""
    dangers, meanings = Index(), list[Meaning]()
    for name in LEXICONS:
        document = _read(name)
        lists = document.pop("words")
        for frame, strengths in document.items():
            for strength in STRENGTHS:
                for phrase in strengths[strength]:
                    for elements in parse(phrase, lists):
                        dangers.add(elements, len(meanings))
                meanings.append(Meaning(frame, strength))
    contexts, cues = _read("contexts.toml"), Index()
    for number, kind in enumerate(CUES):
        for phrase in contexts[kind]["phrases"]:
            for elements in parse(phrase, {}):
                cues.add(elements, number)
    return Lexicon(dangers, tuple(meanings), cues, frozenset(contexts["negation"]["words"]))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text())
