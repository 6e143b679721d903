"""A conversation's next step: what a message means, and what is asked then. Pure.

Danger first: the words of a message are assessed before it is read as anything else, and the safety
questions come before all others, in one message. Nothing that cannot be read as an answer is lost:
it is added to what happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.hazards.structured import Assessment, maximum
from services.hazards.texts import assess_texts
from services.intake.domain.submission import read_submission
from services.intake.site.asked import AGAIN, OWN, SAFETY, assess_form, body_of, missing
from services.intake.site.asked import safety_asked as asked_of
from services.intake.site.finding import find_types

if TYPE_CHECKING:
    from datetime import datetime

    from services.agency.profile import AgencyProfile, ReportType
    from services.agency.site import Site
    from services.intake.domain.submission import Submission
    from services.intake.texting.inlets import Kind
    from services.intake.texting.talk import Talk
    from services.intake.texting.tongues import Tongues

SAFETY_FIRST: Final = "safety"
ATTEST: Final = "attest"
QUESTION: Final = "q:"
TRIES: Final = 2
"""How often one question is asked."""
OWN_FIELDS: Final = {
    "what": "description",
    "where": "location_text",
    "person": "person_description",
}
"""Built-in questions whose answer has a field; any other is kept as an answer in words."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """What a conversation needs of the agency."""

    profile: AgencyProfile
    site: Site
    tongues: Tongues

    def type_of(self, talk: Talk) -> ReportType:
        """The type that it is about."""
        return self.profile.type_or_unknown(talk.type)


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known after a message."""

    submission: Submission
    assessment: Assessment
    understood: bool

    @property
    def diverted(self) -> bool:
        """Whether only a call helps now."""
        return self.assessment.outcome == "divert"


def hear(agency: Speaking, talk: Talk, text: str, channel: Kind, moment: datetime) -> Heard:
    """Take a message as the answer to what was asked last; `talk` is changed."""
    understood = _take(agency, talk, text)
    submission = submission_of(agency, talk, channel, moment)
    said = assess_texts([text], "live")
    known = agency.type_of(talk)
    form = assess_form(agency.profile, agency.site, known, submission, talk.form)
    return Heard(submission, maximum(form, said), understood)


def _take(agency: Speaking, talk: Talk, text: str) -> bool:
    """Write the message where it belongs; False when it is no answer to what was asked."""
    match talk.asked:
        case None:
            _begin(agency, talk, text)
            return True
        case "safety":
            understood = _take_safety(agency, talk, text)
        case "again" | "attest" as asked:
            understood = _take_yes_or_no(agency, talk, text, asked)
        case question:
            return _take_answer(agency, talk, text, question.removeprefix(QUESTION))
    if not understood:
        talk.write("description", text)
        talk.repeats += 1
        if talk.repeats >= TRIES:
            _give_up(agency, talk, talk.asked)
    return understood


def _begin(agency: Speaking, talk: Talk, text: str) -> None:
    talk.write("description", text)
    local = agency.tongues.of(talk.language).local
    found = find_types(agency.profile, local, text)
    talk.type = found[0] if found else agency.profile.unknown_type


def _take_safety(agency: Speaking, talk: Talk, text: str) -> bool:
    questions = asked_of(agency.site, agency.type_of(talk))
    answer = agency.tongues.answer(text)
    numbers = None if answer else agency.tongues.numbers(text, len(questions))
    if answer is None and numbers is None:
        return False
    if answer == "yes" and len(questions) > 1:
        talk.form[SAFETY + AGAIN] = "yes"  # of several it says only that it is one of them
    else:
        for place, question in enumerate(questions, 1):
            said = answer or ("yes" if place in (numbers or ()) else "no")
            talk.form[SAFETY + question.id] = said
    if answer == "no":
        talk.form.setdefault(SAFETY + AGAIN, "no")
    talk.answered.add(SAFETY_FIRST)
    return True


def _take_yes_or_no(agency: Speaking, talk: Talk, text: str, asked: str) -> bool:
    answer = agency.tongues.answer(text)
    if answer is None:
        return False
    if asked == ATTEST:
        talk.form["attested"] = answer
        talk.answered.add(ATTEST)
    elif talk.form.get(SAFETY + AGAIN) != "yes":
        talk.form[SAFETY + AGAIN] = answer
    return True


def _give_up(agency: Speaking, talk: Talk, asked: str) -> None:
    """Asked often enough: what stays open counts as not sure."""
    if asked == SAFETY_FIRST:
        for question in asked_of(agency.site, agency.type_of(talk)):
            talk.form[SAFETY + question.id] = "unsure"
    talk.answered.add(asked)


def _take_answer(agency: Speaking, talk: Talk, text: str, id_: str) -> bool:
    talk.answered.add(id_)
    question = agency.site.questions.get(id_)
    options = list(question.options) if question else []
    if options and (numbers := agency.tongues.numbers(text, len(options))):
        talk.form[OWN + id_] = options[min(numbers) - 1]
        return True
    if not text or agency.tongues.means(text, "skip"):
        return True
    talk.write(OWN_FIELDS.get(id_, OWN + id_), text)
    return True


def submission_of(agency: Speaking, talk: Talk, channel: Kind, moment: datetime) -> Submission:
    """What was said so far as a report."""
    profile, known = agency.profile, agency.type_of(talk)
    body = body_of(agency.site, known, talk.form)
    if "attested" not in talk.form:
        body["attested"] = None
    if talk.address and not talk.anonymous:
        body["contact"] = {"phone" if channel == "sms" else "email": talk.address}
    read = read_submission(body, profile.known_types, profile.zone, moment)
    read.language = talk.language
    if talk.attachments:
        read.warnings.append(f"attachments: {talk.attachments} were not taken")
    if talk.cut:
        read.warnings.append("description: longer than can be kept; the beginning is kept")
    return read


def ask_next(agency: Speaking, talk: Talk, heard: Heard) -> str | None:
    """What to ask now, noted in `talk`; None when nothing is left."""
    question = _next_question(agency, talk, heard)
    if question != talk.asked or heard.understood:
        talk.repeats = 0
    talk.asked = question
    return question


def _next_question(agency: Speaking, talk: Talk, heard: Heard) -> str | None:
    fresh = _doubts(heard) - talk.doubts
    talk.doubts |= fresh
    if SAFETY_FIRST not in talk.answered:
        return SAFETY_FIRST
    once_more = talk.asked == AGAIN and not heard.understood
    if (fresh or once_more) and AGAIN not in talk.answered:
        return AGAIN
    known = agency.type_of(talk)
    for id_ in missing(agency.site, known, talk.form):
        if id_ not in talk.answered:
            return QUESTION + id_
    return ATTEST if known.attest and ATTEST not in talk.answered else None


def _doubts(heard: Heard) -> set[str]:
    """The rules on words that ask for a question; those on answers are asked already."""
    return {
        reason.rule
        for reason in heard.assessment.reasons
        if reason.outcome == "confirm" and not reason.rule.startswith("L0.")
    }
