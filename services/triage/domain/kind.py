"""The type of a report: as declared, else by key words, else as learned, else left to a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.agency.classification import classify
from services.triage.domain.words import words_of

if TYPE_CHECKING:
    from services.triage.domain.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Kind:
    """The type, the rule that gave it, and the positions in the text that indicate it."""

    type: str
    rule: str
    detail: str
    words: tuple[tuple[str, int, int], ...] = field(repr=False)


def kind_of(bundle: Bundle, declared: str | None, text: str) -> Kind:
    """The type of a report. Never raises."""
    words = tuple(words_of(text))
    found = classify(bundle.profile, declared, text)
    if found.declared and found.type != bundle.profile.unknown_type:
        return Kind(found.type, "declared", "", words)
    if found.matched:
        spans = " ".join(f"{start}-{end}" for start, end in found.matched)
        return Kind(found.type, "key-words", spans, words)
    if bundle.classifier is None or not words:
        return Kind(found.type, "no-words" if not words else "unknown", "", words)
    scored = bundle.classifier.classify(text, words)
    reasons = " ".join(f"{c.start}-{c.end}:{c.milli_nats:+d}" for c in scored.contributions)
    detail = (
        f"{scored.label} p={scored.probability} next={scored.runner_up}"
        f" p={scored.runner_up_probability} least={bundle.sure_enough} score={scored.score}"
        f" prior:{scored.prior:+d} {reasons} rest:{scored.rest:+d}"
    )
    if scored.probability < bundle.sure_enough:
        return Kind(bundle.profile.unknown_type, "not-sure-enough", detail, words)
    return Kind(scored.label, "learned", detail, words)
