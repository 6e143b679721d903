"""Texts of replies: emergency instruction, then number and PIN, then one question. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.site.form_answers import AGAIN, safety_asked
from services.intake.texting.conversation import ATTEST, QUESTION, SAFETY_FIRST

if TYPE_CHECKING:
    from services.agency.profile import ReportType
    from services.intake.texting.conversation import ConversationProfile
    from services.intake.texting.dialogue import Dialogue
    from services.intake.texting.languages import LanguageWords

BUILT_IN = {
    "where": "form.where",
    "when": "form.occurred_from",
    "what": "form.what",
    "person": "form.person",
    "vehicle": "form.vehicle",
}


def opening_messages(
    agency: ConversationProfile, dialogue: Dialogue, outcome_of_words: str
) -> list[str]:
    """The texts sent once, before the first question."""
    language_words = agency.languages.of(dialogue.language)
    say, known = language_words.say, agency.type_of(dialogue)
    messages = [] if agency.profile.live else [say("texting.demonstration")]
    if outcome_of_words == "confirm":
        messages.append(language_words.local.emergency.confirm)
    else:
        messages.append(notice(agency, language_words, "nobody_sent"))
    if not known.online:
        messages.append(say("form.call_line", number=_telephone(agency, known)))
    return [*messages, say("texting.number", number=dialogue.number, pin=dialogue.pin)]


def notice(agency: ConversationProfile, language_words: LanguageWords, name: str) -> str:
    """A notice that names the agency and the emergency number."""
    profile = agency.profile
    return language_words.say(
        f"texting.{name}", agency=profile.short_name, number=profile.emergency.number
    )


def _telephone(agency: ConversationProfile, known: ReportType) -> str:
    profile = agency.profile
    desk = profile.desks[known.desk]
    return desk.telephone or profile.partners[agency.site.non_emergency].telephone or ""


def current_question(agency: ConversationProfile, dialogue: Dialogue) -> str:
    """The text of the current question."""
    language_words, known = agency.languages.of(dialogue.language), agency.type_of(dialogue)
    match dialogue.asked:
        case None:
            return language_words.say("texting.begin")
        case "safety":
            return _safety_questions(agency, language_words, known)
        case "again":
            say = language_words.say("texting.answer_one")
            return f"{language_words.local.emergency.confirm} {say}"
        case "attest":
            texts = language_words.local.texts
            return language_words.say(
                "texting.attest", attestation=texts.attestation, law=texts.false_reports
            )
        case question:
            return _type_question(language_words, question.removeprefix(QUESTION))


def _safety_questions(
    agency: ConversationProfile, language_words: LanguageWords, known: ReportType
) -> str:
    labels = [language_words.local.safety[one.id].label for one in safety_asked(agency.site, known)]
    if len(labels) == 1:
        return f"{labels[0]} {language_words.say('texting.answer_one')}"
    lines = [f"{place} {label}" for place, label in enumerate(labels, 1)]
    begin, end = (
        language_words.say("texting.any_of_these"),
        language_words.say("texting.answer_all"),
    )
    return "\n".join([begin, *lines, end])


def _type_question(language_words: LanguageWords, id_: str) -> str:
    if id_ in BUILT_IN:
        return f"{language_words.say(BUILT_IN[id_])} {language_words.say('texting.or_skip')}"
    question = language_words.local.questions[id_]
    if not question.options:
        asked = " ".join(part for part in (question.label, question.hint) if part)
        return f"{asked} {language_words.say('texting.or_skip')}"
    lines = [f"{place} {label}" for place, label in enumerate(question.options.values(), 1)]
    return "\n".join([question.label, *lines, language_words.say("texting.choose")])


ASKED_ONCE = (SAFETY_FIRST, AGAIN, ATTEST)
"""Questions to which a message may be no answer; any other question accepts every message."""


def not_understood(language_words: LanguageWords) -> str:
    """Text before a question that is asked once more."""
    return language_words.say("texting.not_understood")


def filed(language_words: LanguageWords, dialogue: Dialogue, outcome: str) -> list[str]:
    """Text for a filed report; in danger the instruction comes first."""
    emergency = language_words.local.emergency
    values = {"number": dialogue.number, "pin": dialogue.pin or "-"}
    if outcome == "divert":
        return [emergency.divert, language_words.say("texting.kept", **values)]
    messages = language_words.say("texting.filed", **values)
    instruction = emergency.confirm if outcome == "confirm" else emergency.none
    return [messages, instruction]


def added(language_words: LanguageWords, number: str, outcome: str) -> list[str]:
    """Text for a supplement to a report."""
    emergency = language_words.local.emergency
    if outcome == "divert":
        return [emergency.divert, language_words.say("texting.added_urgent", number=number)]
    messages = [language_words.say("texting.added", number=number)]
    return [emergency.confirm, *messages] if outcome == "confirm" else messages
