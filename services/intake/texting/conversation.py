"""The next step of a conversation: record a message as an answer, choose the next question. Pure.

The words of a message are assessed before it is read as an answer, and the safety questions come
first, in one message. A message that is no answer to the question is added to the description.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.hazards.structured import Assessment, maximum
from services.hazards.texts import assess_texts
from services.intake.domain.submission import read_submission
from services.intake.site.form_answers import AGAIN, OWN, SAFETY, assess_form, body_of, missing
from services.intake.site.form_answers import safety_asked as asked_of
from services.intake.site.type_search import find_types

if TYPE_CHECKING:
    from datetime import datetime

    from services.agency.profile import AgencyProfile, ReportType
    from services.agency.site import Site
    from services.intake.domain.submission import Submission
    from services.intake.texting.dialogue import Dialogue
    from services.intake.texting.inlets import Kind
    from services.intake.texting.languages import Languages

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
"""Built-in questions whose answer has a field; any other answer is kept as a statement."""


@dataclass(frozen=True, slots=True)
class ConversationProfile:
    """The agency as a conversation uses it."""

    profile: AgencyProfile
    site: Site
    languages: Languages

    def type_of(self, dialogue: Dialogue) -> ReportType:
        """The report type of the conversation."""
        return self.profile.type_or_unknown(dialogue.type)


@dataclass(frozen=True, slots=True)
class MessageReading:
    """The conversation after a message: report so far, assessment, whether the message was an
    answer.
    """

    submission: Submission
    assessment: Assessment
    understood: bool

    @property
    def diverted(self) -> bool:
        """Whether the outcome is an emergency, so that only a call helps."""
        return self.assessment.outcome == "divert"


def read_message(
    agency: ConversationProfile, dialogue: Dialogue, text: str, channel: Kind, moment: datetime
) -> MessageReading:
    """Record a message as the answer to the last question; changes `dialogue`."""
    understood = _record_answer(agency, dialogue, text)
    submission = submission_of(agency, dialogue, channel, moment)
    answer_text = assess_texts([text], "live")
    known = agency.type_of(dialogue)
    form = assess_form(agency.profile, agency.site, known, submission, dialogue.form)
    return MessageReading(submission, maximum(form, answer_text), understood)


def _record_answer(agency: ConversationProfile, dialogue: Dialogue, text: str) -> bool:
    """Record the message in its field; False when it is no answer to the question."""
    match dialogue.asked:
        case None:
            _record_first_message(agency, dialogue, text)
            return True
        case "safety":
            understood = _record_safety_answer(agency, dialogue, text)
        case "again" | "attest" as asked:
            understood = _record_yes_or_no(agency, dialogue, text, asked)
        case question:
            return _record_type_answer(agency, dialogue, text, question.removeprefix(QUESTION))
    if not understood:
        dialogue.write("description", text)
        dialogue.repeats += 1
        if dialogue.repeats >= TRIES:
            _give_up(agency, dialogue, dialogue.asked)
    return understood


def _record_first_message(agency: ConversationProfile, dialogue: Dialogue, text: str) -> None:
    dialogue.write("description", text)
    local = agency.languages.of(dialogue.language).local
    found = find_types(agency.profile, local, text)
    dialogue.type = found[0] if found else agency.profile.unknown_type


def _record_safety_answer(agency: ConversationProfile, dialogue: Dialogue, text: str) -> bool:
    questions = asked_of(agency.site, agency.type_of(dialogue))
    answer = agency.languages.answer(text)
    numbers = None if answer else agency.languages.numbers(text, len(questions))
    if answer is None and numbers is None:
        return False
    if answer == "yes" and len(questions) > 1:
        dialogue.form[SAFETY + AGAIN] = "yes"  # does not say which of them
    else:
        for place, question in enumerate(questions, 1):
            answer_text = answer or ("yes" if place in (numbers or ()) else "no")
            dialogue.form[SAFETY + question.id] = answer_text
    if answer == "no":
        dialogue.form.setdefault(SAFETY + AGAIN, "no")
    dialogue.answered.add(SAFETY_FIRST)
    return True


def _record_yes_or_no(
    agency: ConversationProfile, dialogue: Dialogue, text: str, asked: str
) -> bool:
    answer = agency.languages.answer(text)
    if answer is None:
        return False
    if asked == ATTEST:
        dialogue.form["attested"] = answer
        dialogue.answered.add(ATTEST)
    elif dialogue.form.get(SAFETY + AGAIN) != "yes":
        dialogue.form[SAFETY + AGAIN] = answer
    return True


def _give_up(agency: ConversationProfile, dialogue: Dialogue, asked: str) -> None:
    """The question was asked often enough: open safety questions count as unsure."""
    if asked == SAFETY_FIRST:
        for question in asked_of(agency.site, agency.type_of(dialogue)):
            dialogue.form[SAFETY + question.id] = "unsure"
    dialogue.answered.add(asked)


def _record_type_answer(
    agency: ConversationProfile, dialogue: Dialogue, text: str, id_: str
) -> bool:
    dialogue.answered.add(id_)
    question = agency.site.questions.get(id_)
    options = list(question.options) if question else []
    if options and (numbers := agency.languages.numbers(text, len(options))):
        dialogue.form[OWN + id_] = options[min(numbers) - 1]
        return True
    if not text or agency.languages.means(text, "skip"):
        return True
    dialogue.write(OWN_FIELDS.get(id_, OWN + id_), text)
    return True


def submission_of(
    agency: ConversationProfile, dialogue: Dialogue, channel: Kind, moment: datetime
) -> Submission:
    """The answers so far as a report."""
    profile, known = agency.profile, agency.type_of(dialogue)
    body = body_of(agency.site, known, dialogue.form)
    if "attested" not in dialogue.form:
        body["attested"] = None
    if dialogue.address and not dialogue.anonymous:
        body["contact"] = {"phone" if channel == "sms" else "email": dialogue.address}
    read = read_submission(body, profile.known_types, profile.zone, moment)
    read.language = dialogue.language
    if dialogue.attachments:
        read.warnings.append(f"attachments: {dialogue.attachments} were not taken")
    if dialogue.cut:
        read.warnings.append("description: longer than can be kept; the beginning is kept")
    return read


def ask_next(
    agency: ConversationProfile, dialogue: Dialogue, reading: MessageReading
) -> str | None:
    """The next question, recorded in `dialogue`; None when nothing is left to ask."""
    question = _next_question(agency, dialogue, reading)
    if question != dialogue.asked or reading.understood:
        dialogue.repeats = 0
    dialogue.asked = question
    return question


def _next_question(
    agency: ConversationProfile, dialogue: Dialogue, reading: MessageReading
) -> str | None:
    fresh = _doubts(reading) - dialogue.doubts
    dialogue.doubts |= fresh
    if SAFETY_FIRST not in dialogue.answered:
        return SAFETY_FIRST
    once_more = dialogue.asked == AGAIN and not reading.understood
    if (fresh or once_more) and AGAIN not in dialogue.answered:
        return AGAIN
    known = agency.type_of(dialogue)
    for id_ in missing(agency.site, known, dialogue.form):
        if id_ not in dialogue.answered:
            return QUESTION + id_
    return ATTEST if known.attest and ATTEST not in dialogue.answered else None


def _doubts(reading: MessageReading) -> set[str]:
    """The text rules that ask for confirmation; those on answers have been asked already."""
    return {
        reason.rule
        for reason in reading.assessment.reasons
        if reason.outcome == "confirm" and not reason.rule.startswith("L0.")
    }
