"""The desk's questions in the order of a call, and the meaning of their answers. Pure.

The order recognises an emergency early: location, callback number, what is happening, when, who,
weapon, injuries, vehicle, safe to stay on the line; then the type's own questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.hazards.structured import Assessment, Reason, SafetyAnswers, maximum
from services.intake.domain.report import assess_answers, assess_report
from services.intake.pages import to_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.agency.profile import AgencyProfile, ReportType
    from services.intake.domain.submission import Submission

FACT, OWN = "f_", "q_"
WHEN = {"now": "yes", "just-now": "unsure", "earlier": "no"}
"""When it happens, and the answer for `happening_now`; "just now" counts as unsure."""
MEDIA = {
    "phone": "Telephone",
    "walk-in": "At the counter",
    "self-initiated": "Seen by an officer",
}
"""How the caller reached the call taker; the keys are stored in the event."""
OTHER_DANGER = ("fire_smoke_gas", "vulnerable_missing", "self_harm")
ALSO_KEPT = {
    "when": "when",
    "safe_on_line": "safe-on-line",
    "interpreter": "interpreter",
    "relay": "relay",
}
"""Fields about the call itself, and the key of the statement's answer that keeps each."""
UNSAFE = Reason("L0.safe-on-line-no", "divert")
HANDED_OFF = Reason("desk.call-taker-hands-off", "divert")
"""The call taker decides: this rule alone diverts."""


def facts_of(form: Mapping[str, str]) -> dict[str, str]:
    """The safety answers as facts; a yes about several dangers is "unsure" of each."""
    facts = {
        name: form[FACT + name] for name in SafetyAnswers.model_fields if form.get(FACT + name)
    }
    if when := WHEN.get(form.get("when", "")):
        facts["happening_now"] = when
    if other := form.get(FACT + "other"):
        facts |= dict.fromkeys(OTHER_DANGER, "no" if other == "no" else "unsure")
    return facts


def body_of(known: ReportType, form: Mapping[str, str]) -> dict[str, Any]:
    """The form as the body of `POST /api/v1/reports`."""
    answers = {id_: form[OWN + id_] for id_ in known.questions if form.get(OWN + id_)}
    answers |= {kept: form[name] for name, kept in ALSO_KEPT.items() if form.get(name)}
    about = {"type": known.id, "answers": answers, "safety": facts_of(form)}
    if language := form.get("language"):
        about["language"] = language
    return to_body(form) | about


def assess_call(
    profile: AgencyProfile, known: ReportType, submission: Submission, form: Mapping[str, str]
) -> Assessment:
    """The hazard rules on answers and text; a yes that names no danger counts as the worst one."""
    assessed = assess_report(profile, submission)
    if form.get("safe_on_line") == "no":
        assessed = maximum(assessed, Assessment(UNSAFE.outcome, (UNSAFE,)))
    if form.get(FACT + "other") == "yes":
        for fact in OTHER_DANGER:
            worst = submission.safety.model_copy(update={fact: "yes"})
            outcome = assess_answers(profile, worst, known.id, "live").outcome
            reason = Reason("L0.other-danger-yes", outcome)
            assessed = maximum(assessed, Assessment(outcome, (reason,)))
    return assessed


def medium_of(form: Mapping[str, str]) -> str:
    """The medium of the call; "phone" when the form names no known one."""
    return form["medium"] if form.get("medium") in MEDIA else "phone"
