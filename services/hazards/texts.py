"""Layers L1 to L3: assess free text. Pure; never raises, for any text.

A phrase counts at most as strongly as its sentence's modality: negated, past, hypothetical,
fictional or asserted. Words of the present ("now") undo the weakening by past and hypothetical.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from services.hazards.learned import scorer
from services.hazards.lexicon import CUES, lexicon
from services.hazards.structured import (
    OUTCOMES,
    SILENCE_IS_NO_INFORMATION,
    Assessment,
    Outcome,
    Reason,
    maximum,
)
from services.hazards.tokens import END, Words, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.hazards.lexicon import Lexicon
    from services.hazards.phrases import Found

TEXT_RULES_VERSION = "L1/3 L2/2"
NEGATED_WITHIN = 4
"""Words before a phrase within which a negation applies to it."""
DENIED_WHOLLY_WITHIN = 2
"""Words before a phrase within which a negation cancels it; farther away it lowers it by one."""
WHOLLY = len(OUTCOMES)
CLAUSE_BREAKS = frozenset({"but", "and", "pero", "because", "porque", "so", "then", "y", "e"})
"""Words that end the reach of a negation."""
EXCLAMATIONS = frozenset({"oh", "omg", "god", "hell", "ay"})
"""Words after which "no" is an exclamation and negates nothing."""
MOST_READ = 60_000
"""Characters that are read; a longer text is cut, and the cut is a reason to confirm."""
READABLE_SHARE = 0.5
NONE: Final = "none"
CONFIRM: Final = "confirm"
DIVERT: Final = "divert"
SIGN_SCORE = 700
"""Thousandths added to the score of a text with a sign that would divert if it were sure."""
MASKED = "=masks"
MASKS, FICTION, NOW, PAST, LONG_PAST, NEAR, HYPOTHETICAL = range(len(CUES))


class Text(NamedTuple):
    """A text with its words and their positions."""

    source: str
    words: Words


class Hit(NamedTuple):
    """A phrase that counts: its rule, its outcome, and its position in the text."""

    rule: str
    outcome: Outcome
    start: int
    end: int


class Sign(NamedTuple):
    """A phrase that counts, and the key by which training says whether it is sure."""

    key: str
    hit: Hit


@dataclass(slots=True)
class _Sentence:
    """The cues of one sentence: time and modality."""

    cues: set[str] = field(default_factory=set)
    now: bool = False
    past: bool = False
    long_past: bool = False
    near: bool = False
    fiction: bool = False
    hypothetical: bool = False


def read_rules() -> None:
    """Load every lexicon now, so that the first text does not wait 0.2 s for it."""
    assess_text("ready")


def assess_texts(texts: Iterable[str], purpose: str) -> Assessment:
    """Assess several texts of one report; at most "confirm" if its purpose needs no response."""
    found = maximum(*map(assess_text, texts))
    if purpose not in SILENCE_IS_NO_INFORMATION or purpose == "exercise":
        return found
    return Assessment(
        "none" if found.outcome == "none" else "confirm",
        tuple(Reason(each.rule, "confirm") for each in found.reasons),
    )


def assess_text(text: str) -> Assessment:
    """The most serious outcome of all reasons in the text."""
    reasons = dict.fromkeys(Reason(hit.rule, hit.outcome) for hit in hits_of(text))
    outcomes = [reason.outcome for reason in reasons]
    outcome: Outcome = max(outcomes, key=OUTCOMES.index, default="none")
    return Assessment(outcome, tuple(reasons))


def hits_of(text: str) -> list[Hit]:
    """Every sure phrase; unreadable text (L3); and, unless one of them diverts, the learned score
    (L2).

    A phrase that is not sure is a sign: it adds to the score, and is a reason if the score counts.
    """
    source = text[:MOST_READ]
    read = Text(source, words_of(source))
    signs, features = signs_of(read)
    hits = [sign.hit for sign in signs if sign.key in scorer().sure]
    hits += _unreadable(text, read.words.texts)
    if any(hit.outcome == DIVERT for hit in hits):
        return hits
    return hits + _learned(read, signs, features)


def signs_of(text: Text) -> tuple[list[Sign], dict[int, set[str]]]:
    """Every phrase of danger that counts, and the features to score, by sentence."""
    known = lexicon()
    words, spans = text.words
    sentences, bounds, masked = _context(known, words)
    features = {number: each.cues for number, each in enumerate(sentences) if each.cues}
    signs: list[Sign] = []
    for found in known.dangers.find(words):
        if masked and not masked.isdisjoint(range(found.first, found.end)):
            continue
        frame, strength, negative, key = known.meanings[found.meaning]
        number = bisect_right(bounds, found.first)
        denied = _negation(known, text, found, negative=negative)
        outcome = _outcome(strength, sentences[number], denied)
        weighed = features.setdefault(number, set())
        weighed.update((f"={outcome}", f"={frame}", f"={frame}-{strength}-{outcome}"))
        if outcome != NONE:
            place = spans[found.first][0], spans[found.end - 1][1]
            hit = Hit(f"L1.{frame.replace('_', '-')}-{strength}", outcome, *place)
            signs.append(Sign(key, hit))
    return signs, features


def _learned(text: Text, signs: Sequence[Sign], features: Mapping[int, set[str]]) -> list[Hit]:
    """The outcome of the score, the position of the worst run, and the signs within it."""
    words, spans = text.words
    learned = scorer().learned
    worst = scorer().worst(words, features)
    score = worst.score + sign_score(signs)
    if not spans or score < learned.ask:
        return []
    outcome: Outcome = DIVERT if score >= learned.divert else CONFIRM
    start, end = spans[worst.first][0], spans[worst.last][1]
    inside = [sign.hit for sign in signs if start <= sign.hit.start and sign.hit.end <= end]
    return [
        Hit("L2.learned", outcome, start, end),
        *(hit if outcome == DIVERT else hit._replace(outcome=CONFIRM) for hit in inside),
    ]


def sign_score(signs: Sequence[Sign]) -> int:
    """What signs add to the score of a text, in thousandths."""
    return SIGN_SCORE if any(sign.hit.outcome == DIVERT for sign in signs) else 0


def _context(known: Lexicon, words: Sequence[str]) -> tuple[list[_Sentence], list[int], set[int]]:
    """The cues of each sentence, where each ends, and the words excluded by a mask."""
    bounds = [place for place, word in enumerate(words) if word == END]
    sentences = [_Sentence() for _ in range(len(bounds) + 1)]
    masked: set[int] = set()
    for cue in known.cues.find(words):
        if cue.meaning == MASKS:
            masked.update(range(cue.first, cue.end))
            sentences[bisect_right(bounds, cue.first)].cues.add(MASKED)
            continue
        sentence = sentences[bisect_right(bounds, cue.first)]
        sentence.cues.add(f"={CUES[cue.meaning]}")
        sentence.now |= cue.meaning == NOW
        sentence.past |= cue.meaning in (PAST, LONG_PAST)
        sentence.long_past |= cue.meaning == LONG_PAST
        sentence.near |= cue.meaning == NEAR
        sentence.fiction |= cue.meaning == FICTION
        sentence.hypothetical |= cue.meaning == HYPOTHETICAL
    return sentences, bounds, masked


def _negation(known: Lexicon, text: Text, found: Found, *, negative: bool) -> int:
    """How far a negation in or before the phrase lowers it: WHOLLY, 1 or 0."""
    words, spans = text.words
    if not negative and any(words[i] in known.negations for i in range(found.first, found.end)):
        return WHOLLY
    place = found.first - 1
    for away in range(NEGATED_WITHIN):
        place = found.first - 1 - away
        if place < 0 or words[place] == END or words[place] in CLAUSE_BREAKS:
            return 0
        if "," in text.source[spans[place][1] : spans[place + 1][0]]:
            return 0
        if words[place] in known.negations:
            exclaimed = place > 0 and words[place - 1] in EXCLAMATIONS
            return 0 if exclaimed else (WHOLLY if away < DENIED_WHOLLY_WITHIN else 1)
    return 0


def _outcome(strength: str, sentence: _Sentence, denied: int) -> Outcome:
    """The outcome of a phrase in its sentence.

    Uncertainty lowers divert to confirm, no further; only a near negation or a past day gives none.
    """
    level = 1 if strength == "ask" else 2
    over = sentence.past and not sentence.now
    if over and (sentence.long_past or strength != "present"):
        return "none"
    if (
        sentence.past
        or (sentence.hypothetical and not sentence.now)
        or (sentence.near and strength == "event" and not sentence.now)
    ):
        level -= 1
    if sentence.fiction and not sentence.now:
        level -= 1
    return OUTCOMES[max(0, level - denied)]


def _unreadable(text: str, words: Sequence[str]) -> list[Hit]:
    """L3: a text that cannot be read is a reason to confirm."""
    reasons = []
    letters = sum(map(str.isalpha, text[:MOST_READ]))
    read = sum(len(word) for word in words if word != END)
    if letters and read < letters * READABLE_SHARE:
        reasons.append("L3.unreadable")
    if len(text) > MOST_READ:
        reasons.append("L3.too-long")
    return [Hit(rule, "confirm", 0, 0) for rule in reasons]
