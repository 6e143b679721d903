"""What is answered: danger first, then number and PIN, then one question. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.site.asked import AGAIN, safety_asked
from services.intake.texting.conversation import ATTEST, QUESTION, SAFETY_FIRST

if TYPE_CHECKING:
    from services.agency.profile import ReportType
    from services.intake.texting.conversation import Speaking
    from services.intake.texting.talk import Talk
    from services.intake.texting.tongues import Tongue

BUILT_IN = {
    "where": "form.where",
    "when": "form.occurred_from",
    "what": "form.what",
    "person": "form.person",
    "vehicle": "form.vehicle",
}


def first_words(agency: Speaking, talk: Talk, outcome_of_words: str) -> list[str]:
    """What is said once, before the first question."""
    tongue = agency.tongues.of(talk.language)
    say, known = tongue.say, agency.type_of(talk)
    said = [] if agency.profile.live else [say("texting.demonstration")]
    if outcome_of_words == "confirm":
        said.append(tongue.local.emergency.confirm)
    else:
        said.append(told(agency, tongue, "nobody_sent"))
    if not known.online:
        said.append(say("form.call_line", number=_telephone(agency, known)))
    return [*said, say("texting.number", number=talk.number, pin=talk.pin)]


def told(agency: Speaking, tongue: Tongue, name: str) -> str:
    """A notice that names the agency and the emergency number."""
    profile = agency.profile
    return tongue.say(f"texting.{name}", agency=profile.short_name, number=profile.emergency.number)


def _telephone(agency: Speaking, known: ReportType) -> str:
    profile = agency.profile
    desk = profile.desks[known.desk]
    return desk.telephone or profile.partners[agency.site.non_emergency].telephone or ""


def asking(agency: Speaking, talk: Talk) -> str:
    """The question that is asked now."""
    tongue, known = agency.tongues.of(talk.language), agency.type_of(talk)
    match talk.asked:
        case None:
            return tongue.say("texting.begin")
        case "safety":
            return _safety(agency, tongue, known)
        case "again":
            return f"{tongue.local.emergency.confirm} {tongue.say('texting.answer_one')}"
        case "attest":
            texts = tongue.local.texts
            return tongue.say(
                "texting.attest", attestation=texts.attestation, law=texts.false_reports
            )
        case question:
            return _own(tongue, question.removeprefix(QUESTION))


def _safety(agency: Speaking, tongue: Tongue, known: ReportType) -> str:
    labels = [tongue.local.safety[one.id].label for one in safety_asked(agency.site, known)]
    if len(labels) == 1:
        return f"{labels[0]} {tongue.say('texting.answer_one')}"
    lines = [f"{place} {label}" for place, label in enumerate(labels, 1)]
    begin, end = tongue.say("texting.any_of_these"), tongue.say("texting.answer_all")
    return "\n".join([begin, *lines, end])


def _own(tongue: Tongue, id_: str) -> str:
    if id_ in BUILT_IN:
        return f"{tongue.say(BUILT_IN[id_])} {tongue.say('texting.or_skip')}"
    question = tongue.local.questions[id_]
    if not question.options:
        asked = " ".join(part for part in (question.label, question.hint) if part)
        return f"{asked} {tongue.say('texting.or_skip')}"
    lines = [f"{place} {label}" for place, label in enumerate(question.options.values(), 1)]
    return "\n".join([question.label, *lines, tongue.say("texting.choose")])


ASKED_ONCE = (SAFETY_FIRST, AGAIN, ATTEST)
"""Questions that a message may fail to answer; any other takes whatever is said."""


def not_understood(tongue: Tongue) -> str:
    """Before a question that is asked once more."""
    return tongue.say("texting.not_understood")


def filed(tongue: Tongue, talk: Talk, outcome: str) -> list[str]:
    """The report is there: with what to do in danger, which comes first if there is any."""
    emergency = tongue.local.emergency
    values = {"number": talk.number, "pin": talk.pin or "-"}
    if outcome == "divert":
        return [emergency.divert, tongue.say("texting.kept", **values)]
    said = tongue.say("texting.filed", **values)
    instruction = emergency.confirm if outcome == "confirm" else emergency.none
    return [said, instruction]


def added(tongue: Tongue, number: str, outcome: str) -> list[str]:
    """More was said about a report that is there."""
    emergency = tongue.local.emergency
    if outcome == "divert":
        return [emergency.divert, tongue.say("texting.added_urgent", number=number)]
    said = [tongue.say("texting.added", number=number)]
    return [emergency.confirm, *said] if outcome == "confirm" else said
