"""What may happen to a question and to an answer, and what the agency's profile asks of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.inquiries import AnswerShown, InquiryAnswered, InquiryReceived, Wording
from events.intake import EmergencyAssessment
from events.personal import Personal
from services.intake.domain import answer as answers
from services.intake.domain import inquiry as inquiries
from services.intake.domain.answer import Draft, Publish, Retire, Revise
from services.intake.domain.inquiry import Ask, LeaveOpen, Reply
from services.intake.domain.refusal import RefusedError
from services.intake.inquiries.assessing import assess_inquiry
from services.intake.inquiries.profile_answers import wanted
from tests.unit.pages.samples import PILOT

if TYPE_CHECKING:
    from services.hazards.structured import Answer, Outcome
    from services.intake.domain.answer import AnswerCommand
    from services.intake.domain.inquiry import InquiryCommand

SHOWN = (AnswerShown(answer="noise", edition=1, language="en"),)
SEALED = Personal[str](subject="inquiry-1", value="x")
CALM = EmergencyAssessment(outcome="none", rules=(), rules_version="L0/1")
ASK = Ask("Q-1", "web", "en", CALM, None, SEALED, SHOWN)
OPEN, REPLY = LeaveOpen("not-helpful", SEALED), Reply(SHOWN, None)
DAY, LATER = date(2026, 1, 1), date(2026, 7, 1)
DRAFT = Draft("disorder", DAY, {"en": Wording(title="When?", text="Never.")})
OTHER = replace(DRAFT, since=LATER)
COMMANDS: list[InquiryCommand] = [ASK, replace(ASK, found=()), OPEN, REPLY, Reply((), SEALED)]
ON_ANSWERS: list[AnswerCommand] = [
    Publish("a", DRAFT),
    Revise("a", DRAFT),
    Revise("a", OTHER),
    Retire("a", LATER),
]


def asked(*commands: InquiryCommand) -> inquiries.Inquiry:
    """A question to which this was done, as far as it was allowed."""
    state = inquiries.DECIDER.initial
    for command in commands:
        for event in inquiries.DECIDER.decide(command, state):
            state = inquiries.evolve(state, event)
    return state


def told(*commands: AnswerCommand) -> answers.Answer:
    """An answer to which this was done."""
    state = answers.DECIDER.initial
    for command in commands:
        for event in answers.DECIDER.decide(command, state):
            state = answers.evolve(state, event)
    return state


def test_what_was_found_is_kept_with_the_question() -> None:
    received, answered = inquiries.DECIDER.decide(ASK, inquiries.Inquiry())
    assert isinstance(received, InquiryReceived)
    assert answered == InquiryAnswered(shown=SHOWN)
    assert len(inquiries.DECIDER.decide(replace(ASK, found=()), inquiries.Inquiry())) == 1


@pytest.mark.parametrize(
    ("commands", "refused"),
    [
        ((), OPEN),
        ((), REPLY),
        ((ASK,), REPLY),
        ((ASK, OPEN), Reply((), None)),
        ((replace(ASK, report_number="618-033-994", found=()),), OPEN),
    ],
)
def test_what_a_question_does_not_allow(
    commands: tuple[InquiryCommand, ...], refused: InquiryCommand
) -> None:
    with pytest.raises(RefusedError):
        inquiries.DECIDER.decide(refused, asked(*commands))


@given(st.lists(st.sampled_from(COMMANDS), max_size=6))
def test_asking_and_leaving_open_may_be_repeated(commands: list[InquiryCommand]) -> None:
    state = inquiries.Inquiry()
    for command in commands:
        try:
            for event in inquiries.DECIDER.decide(command, state):
                state = inquiries.evolve(state, event)
        except RefusedError:
            continue
        if not isinstance(command, Reply):
            assert inquiries.DECIDER.decide(command, state) == ()


@given(st.lists(st.sampled_from(ON_ANSWERS), max_size=8))
def test_editions_count_from_one_and_never_skip(commands: list[AnswerCommand]) -> None:
    state, editions = answers.Answer(), list[int]()
    for command in commands:
        try:
            events = answers.DECIDER.decide(command, state)
        except RefusedError:
            continue
        for event in events:
            before, state = state, answers.evolve(state, event)
            if state.edition != before.edition:
                editions.append(state.edition)
        assert isinstance(command, Publish) or answers.DECIDER.decide(command, state) == ()
    assert editions == list(range(1, len(editions) + 1))


def test_an_answer_ends_after_it_begins() -> None:
    with pytest.raises(RefusedError):
        answers.DECIDER.decide(Publish("a", replace(DRAFT, until=DAY)), answers.Answer())


def test_a_revision_brings_a_retired_answer_back() -> None:
    retired = told(Publish("a", DRAFT), Retire("a", LATER))
    (event,) = answers.DECIDER.decide(Revise("a", DRAFT), retired)
    assert answers.evolve(retired, event).retired_on is None


OLD, NEW = replace(DRAFT, origin="1" * 64), replace(OTHER, origin="2" * 64)


@pytest.mark.parametrize(
    ("past", "profile", "command"),
    [
        ((), OLD, Publish("a", OLD)),
        ((Publish("a", OLD),), OLD, None),
        ((Publish("a", OLD),), NEW, Revise("a", NEW)),
        ((Publish("a", OLD), Revise("a", NEW)), OLD, Revise("a", OLD)),
        ((Publish("a", OLD), Revise("a", DRAFT)), OLD, None),  # staff's own stays
        ((Publish("a", OLD), Revise("a", DRAFT)), NEW, Revise("a", NEW)),
        ((Publish("a", OLD), Retire("a", DAY)), OLD, None),  # staff withdrew it
        ((Publish("a", OLD),), None, Retire("a", LATER, True)),
        ((Publish("a", OLD), Retire("a", DAY, True)), None, None),
        ((Publish("a", OLD), Retire("a", DAY, True)), OLD, Revise("a", OLD)),
        ((Publish("a", DRAFT),), None, None),  # never was the profile's
        ((Publish("a", OLD), Revise("a", DRAFT)), None, None),
    ],
)
def test_what_the_profile_asks_of_an_answer(
    past: tuple[AnswerCommand, ...], profile: Draft | None, command: AnswerCommand | None
) -> None:
    assert wanted("a", profile, told(*past), LATER) == command


@pytest.mark.parametrize(
    "question",
    [
        "where do I call, a man is pointing a gun at me",
        "How long does it take for an ambulance, my father has chest pain",
        "what number is it - someone is breaking into my house",
        "What number is it? Someone is breaking into my house",
        "¿a quién llamo? mi esposo no respira",
    ],
)
def test_an_emergency_asked_as_a_question_is_one(question: str) -> None:
    assert assess_inquiry(PILOT, [question], None).outcome == "divert"


@pytest.mark.parametrize(
    "question",
    [
        "My car was broken into, how do I get a copy of the report?",
        "Is there a fire department near me, or a library?",
        "How do I report a gun that was stolen last year, by mail?",
        "Can I carry a gun in a park: yes or no?",
        "¿Cómo planeo la seguridad de un desfile, con fuegos artificiales?",
    ],
)
def test_what_people_ask_on_a_calm_day_is_none(question: str) -> None:
    assert assess_inquiry(PILOT, [question], None).outcome == "none"


@pytest.mark.parametrize(
    ("danger", "outcome"),
    [(None, "none"), ("no", "none"), ("unsure", "confirm"), ("yes", "divert")],
)
def test_the_question_about_danger_is_taken_at_its_word(
    danger: Answer | None, outcome: Outcome
) -> None:
    assert assess_inquiry(PILOT, ["When is noise not allowed?"], danger).outcome == outcome
