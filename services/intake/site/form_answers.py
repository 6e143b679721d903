"""What a form's answers mean: the body of a report, and whether it is an emergency. Pure.

A question about several dangers at once names none of them: its yes is kept as "unsure" of each,
and assessed as if the worst of them were so.
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
"""A type that asks no more than this is asked on one page."""
SAFETY, OWN = "s_", "q_"
AGAIN = "again"
"""The question that is asked once more in doubt; it covers everything."""
LONG_ENOUGH = 20
"""A description shorter than this is taken as vague."""
FIELDS = {
    "where": ("location_text",),
    "when": ("occurred_from", "occurred_to"),
    "what": ("description",),
    "person": ("person_description",),
    "vehicle": ("vehicle_plate", "vehicle_make", "vehicle_model", "vehicle_colour"),
}
"""The fields of the built-in questions."""


def safety_asked(site: Site, known: ReportType) -> list[SafetyQuestion]:
    """The safety questions of a type, in their order."""
    return [site.safety[id_] for id_ in site.safety_sets[known.safety]]


def on_one_page(site: Site, known: ReportType) -> bool:
    """Whether everything is asked at once."""
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
    """The hazard rules on answers and words, and on what a yes about several dangers may mean."""
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
    """Whether the words leave a doubt that nobody has been asked about yet."""
    return words.outcome == "confirm" and not form.get(SAFETY + AGAIN)


def missing(site: Site, known: ReportType, form: Mapping[str, str]) -> list[str]:
    """The questions of this type that are open, or answered too shortly to work with."""
    return [id_ for id_ in wanted(site, known) if not _given(id_, form)]


def wanted(site: Site, known: ReportType) -> list[str]:
    """The questions that make a report of this type complete."""
    return [
        id_
        for id_ in known.questions
        if id_ not in site.questions or not site.questions[id_].optional
    ]


def _given(id_: str, form: Mapping[str, str]) -> bool:
    if id_ == "what":
        return len(form.get("description", "").strip()) >= LONG_ENOUGH
    return any(form.get(name, "").strip() for name in FIELDS.get(id_, (OWN + id_,)))
