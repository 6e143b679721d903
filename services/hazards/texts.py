"""Layers L1 to L3: what free text says by itself. Pure; never an exception, whatever the text.

A phrase of danger counts where it stands: denied, told of the past, asked about or played, it
counts less; words of now undo that. Nothing is believed more than its sentence allows.
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
"""Words before a phrase in which a denial reaches it."""
DENIED_WHOLLY_WITHIN = 2
"""Words before a phrase in which a denial leaves nothing of it; further away it lowers by one."""
WHOLLY = len(OUTCOMES)
TURNS = frozenset({"but", "and", "pero", "because", "porque", "so", "then", "y", "e"})
"""Words behind which a denial does not reach."""
EXCLAIMED = frozenset({"oh", "omg", "god", "hell", "ay"})
"""Words before a no that denies nothing."""
MOST_READ = 60_000
"""Characters; a longer text is read so far, and that is a reason to ask."""
READABLE_SHARE = 0.5
NONE: Final = "none"
CONFIRM: Final = "confirm"
DIVERT: Final = "divert"
SIGNED = 700
"""Thousandths that a text scores higher for any phrase that would divert were it sure."""
MASKED = "=masks"
MASKS, FICTION, NOW, PAST, LONG_PAST, NEAR, HYPOTHETICAL = range(len(CUES))


class Text(NamedTuple):
    """A text and its words with their places."""

    source: str
    words: Words


class Hit(NamedTuple):
    """A phrase that counts: its rule, what it asks for, and where in the text it stands."""

    rule: str
    outcome: Outcome
    start: int
    end: int


class Sign(NamedTuple):
    """A phrase that counts, and the key by which training knows how sure it is."""

    key: str
    hit: Hit


@dataclass(slots=True)
class _Sentence:
    """What the words of one sentence say about when and whether."""

    cues: set[str] = field(default_factory=set)
    now: bool = False
    past: bool = False
    long_past: bool = False
    near: bool = False
    fiction: bool = False
    hypothetical: bool = False


def read_rules() -> None:
    """Read every lexicon now, so that the first text does not wait for it (a fifth of a second)."""
    assess_text("ready")


def assess_texts(texts: Iterable[str], purpose: str) -> Assessment:
    """What several texts of one report say. Of one that nobody waits behind, at most a question."""
    found = maximum(*map(assess_text, texts))
    if purpose not in SILENCE_IS_NO_INFORMATION or purpose == "exercise":
        return found
    return Assessment(
        "none" if found.outcome == "none" else "confirm",
        tuple(Reason(each.rule, "confirm") for each in found.reasons),
    )


def assess_text(text: str) -> Assessment:
    """The most serious outcome that anything in the text asks for."""
    reasons = dict.fromkeys(Reason(hit.rule, hit.outcome) for hit in hits_of(text))
    outcomes = [reason.outcome for reason in reasons]
    outcome: Outcome = max(outcomes, key=OUTCOMES.index, default="none")
    return Assessment(outcome, tuple(reasons))


def hits_of(text: str) -> list[Hit]:
    """Every sure phrase, with its place; L3; where they divert nobody, the learned score.

    A phrase that is not sure is a sign: it is weighed, and a reason where the score counts.
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
    """Every phrase of danger that counts where it stands, and what to weigh by sentence."""
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
        denied = _denied(known, text, found, negative=negative)
        outcome = _outcome(strength, sentences[number], denied)
        weighed = features.setdefault(number, set())
        weighed.update((f"={outcome}", f"={frame}", f"={frame}-{strength}-{outcome}"))
        if outcome != NONE:
            place = spans[found.first][0], spans[found.end - 1][1]
            hit = Hit(f"L1.{frame.replace('_', '-')}-{strength}", outcome, *place)
            signs.append(Sign(key, hit))
    return signs, features


def _learned(text: Text, signs: Sequence[Sign], features: Mapping[int, set[str]]) -> list[Hit]:
    """What the score asks for, the place of its sentences, and the signs in them."""
    words, spans = text.words
    learned = scorer().learned
    worst = scorer().worst(words, features)
    score = worst.score + scored_for(signs)
    if not spans or score < learned.ask:
        return []
    outcome: Outcome = DIVERT if score >= learned.divert else CONFIRM
    start, end = spans[worst.first][0], spans[worst.last][1]
    inside = [sign.hit for sign in signs if start <= sign.hit.start and sign.hit.end <= end]
    return [
        Hit("L2.learned", outcome, start, end),
        *(hit if outcome == DIVERT else hit._replace(outcome=CONFIRM) for hit in inside),
    ]


def scored_for(signs: Sequence[Sign]) -> int:
    """What a text scores besides: words that tell of danger by themselves."""
    return SIGNED if any(sign.hit.outcome == DIVERT for sign in signs) else 0


def _context(known: Lexicon, words: Sequence[str]) -> tuple[list[_Sentence], list[int], set[int]]:
    """Each sentence's cues, where each ends, and the words that mean something else."""
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


def _denied(known: Lexicon, text: Text, found: Found, *, negative: bool) -> int:
    """By how much a denial in or before the phrase lowers it: wholly, by one, or not at all."""
    words, spans = text.words
    if not negative and any(words[i] in known.negations for i in range(found.first, found.end)):
        return WHOLLY
    place = found.first - 1
    for away in range(NEGATED_WITHIN):
        place = found.first - 1 - away
        if place < 0 or words[place] == END or words[place] in TURNS:
            return 0
        if "," in text.source[spans[place][1] : spans[place + 1][0]]:
            return 0
        if words[place] in known.negations:
            exclaimed = place > 0 and words[place - 1] in EXCLAIMED
            return 0 if exclaimed else (WHOLLY if away < DENIED_WHOLLY_WITHIN else 1)
    return 0


def _outcome(strength: str, sentence: _Sentence, denied: int) -> Outcome:
    """What a phrase asks for in its sentence. Doubt lowers a diversion to a question, no further;
    only a plain denial, or a thing told of a day that is over, takes the danger away.
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
    """L3: what cannot be read is asked about."""
    reasons = []
    letters = sum(map(str.isalpha, text[:MOST_READ]))
    read = sum(len(word) for word in words if word != END)
    if letters and read < letters * READABLE_SHARE:
        reasons.append("L3.unreadable")
    if len(text) > MOST_READ:
        reasons.append("L3.too-long")
    return [Hit(rule, "confirm", 0, 0) for rule in reasons]
