"""The answers of a form: the body of a report, and the assessment. Pure.

A question about several dangers at once does not say which: its yes is stored as "unsure" of each,
and assessed as a yes to the worst of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.hazards.structured import Assessment, Reason, SafetyAnswers, maximum
from services.intake.domain.report import assess_answers, assess_report
from services.intake.pages import to_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.agency.profile import AgencyProfile, ReportType
    from services.agency.site import SafetyQuestion, Site
    from services.intake.domain.submission import Submission

ONE_PAGE = 4
"""Most questions of a type that is asked on one page."""
SAFETY, OWN = "s_", "q_"
AGAIN = "again"
"""The question that is asked once more in doubt; it covers all dangers."""
LONG_ENOUGH = 20
"""A description shorter than this many characters counts as vague."""
FIELDS = {
    "where": ("location_text",),
    "when": ("occurred_from", "occurred_to"),
    "what": ("description",),
    "person": ("person_description",),
    "vehicle": ("vehicle_plate", "vehicle_make", "vehicle_model", "vehicle_colour"),
}
"""The form fields of the built-in questions."""


def safety_asked(site: Site, known: ReportType) -> list[SafetyQuestion]:
    """The safety questions of a type, in their order."""
    return [site.safety[id_] for id_ in site.safety_sets[known.safety]]


def on_one_page(site: Site, known: ReportType) -> bool:
    """Whether all questions of the type are on one page."""
    return len(site.safety_sets[known.safety]) + len(known.questions) <= ONE_PAGE


def body_of(site: Site, known: ReportType, form: Mapping[str, str]) -> dict[str, Any]:
    """The form as the body of `POST /api/v1/reports`."""
    body = to_body(form) | {"type": known.id}
    answers = {id_: form[OWN + id_] for id_ in known.questions if form.get(OWN + id_)}
    safety = dict(_facts(safety_asked(site, known), form))
    if again := form.get(SAFETY + AGAIN):
        answers[AGAIN] = again
    if known.attest:
        body["attested"] = form.get("attested") == "yes"
    return body | {"answers": answers, "safety": safety}


def _facts(questions: list[SafetyQuestion], form: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for question in questions:
        given = form.get(SAFETY + question.id)
        for fact in question.covers if given else ():
            yield fact, "unsure" if len(question.covers) > 1 and given != "no" else str(given)


def assess_form(
    profile: AgencyProfile,
    site: Site,
    known: ReportType,
    submission: Submission,
    form: Mapping[str, str],
) -> Assessment:
    """The hazard rules on answers and text, including a yes about several dangers."""
    answers = submission.safety
    assessed = assess_report(profile, submission)
    yes = [q for q in safety_asked(site, known) if form.get(SAFETY + q.id) == "yes"]
    covers = {q.id: q.covers for q in yes if len(q.covers) > 1}
    if form.get(SAFETY + AGAIN) == "yes":
        covers[AGAIN] = tuple(SafetyAnswers.model_fields)
    for id_, facts in covers.items():
        worst = maximum(
            *(
                assess_answers(profile, answers.model_copy(update={fact: "yes"}), known.id, "live")
                for fact in facts
            )
        )
        danger = Assessment(worst.outcome, (Reason(f"L0.{id_}-yes", worst.outcome),))
        assessed = maximum(assessed, danger)
    return assessed


def asks_once_more(words: Assessment, form: Mapping[str, str]) -> bool:
    """Whether the text leaves a doubt about danger that has not been asked about yet."""
    return words.outcome == "confirm" and not form.get(SAFETY + AGAIN)


def missing(site: Site, known: ReportType, form: Mapping[str, str]) -> list[str]:
    """The questions of this type that are open, or answered too briefly."""
    return [id_ for id_ in wanted(site, known) if not _answer_of(id_, form)]


def wanted(site: Site, known: ReportType) -> list[str]:
    """The questions that make a report of this type complete."""
    return [
        id_
        for id_ in known.questions
        if id_ not in site.questions or not site.questions[id_].optional
    ]


def _answer_of(id_: str, form: Mapping[str, str]) -> bool:
    if id_ == "what":
        return len(form.get("description", "").strip()) >= LONG_ENOUGH
    return any(form.get(name, "").strip() for name in FIELDS.get(id_, (OWN + id_,)))
