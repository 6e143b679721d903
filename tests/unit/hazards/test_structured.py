"""Layer L0: every combination of answers, types and purposes; small enough to try them all."""

from __future__ import annotations

from itertools import product

import pytest

from services.hazards.structured import (
    OUTCOMES,
    THREATS,
    Answer,
    Assessment,
    InProgress,
    Reason,
    SafetyAnswers,
    assess,
    maximum,
)

QUESTIONS = tuple(SafetyAnswers.model_fields)
ANSWERS: tuple[Answer | None, ...] = (None, "no", "unsure", "yes")
KINDS: tuple[InProgress | None, ...] = ("divert", "urgent", None)
ALL_NO = SafetyAnswers.model_validate(dict.fromkeys(QUESTIONS, "no"))
Given = tuple[Answer | None, ...]


def answers(**given: Answer | None) -> SafetyAnswers:
    """All no, but for those given."""
    return ALL_NO.model_copy(update=given)


@pytest.fixture(scope="module")
def everything_one_can_answer() -> dict[Given, SafetyAnswers]:
    """All 4^7 combinations."""
    return {
        given: SafetyAnswers.model_construct(None, **dict(zip(QUESTIONS, given, strict=True)))
        for given in product(ANSWERS, repeat=len(QUESTIONS))
    }


@pytest.mark.parametrize("in_progress", KINDS)
@pytest.mark.parametrize("purpose", ["live", "import"])
def test_raising_an_answer_never_lowers_the_outcome(
    everything_one_can_answer: dict[Given, SafetyAnswers],
    in_progress: InProgress | None,
    purpose: str,
) -> None:
    weights = {
        given: OUTCOMES.index(assess(safety, in_progress, purpose).outcome)
        for given, safety in everything_one_can_answer.items()
    }
    assert len(weights) == 4**7
    raised: dict[Answer | None, Answer] = {"no": "unsure", "unsure": "yes"}
    for given, weight in weights.items():
        for place, answer in enumerate(given):
            if answer in raised:
                higher = (*given[:place], raised[answer], *given[place + 1 :])
                assert weights[higher] >= weight, (given, QUESTIONS[place])


@pytest.mark.parametrize("threat", THREATS)
@pytest.mark.parametrize("in_progress", KINDS)
def test_a_threat_diverts_whatever_the_type_and_unsure_asks(
    threat: str, in_progress: InProgress | None
) -> None:
    yes: dict[str, Answer] = {"happening_now": "unsure", threat: "yes"}
    unsure: dict[str, Answer] = {threat: "unsure"}
    diverted = assess(answers(**yes), in_progress, "import")
    assert diverted.outcome == "divert"
    rule = f"L0.{threat.replace('_', '-')}-yes"
    assert Reason(rule=rule, outcome="divert") in diverted.reasons
    assert assess(answers(**unsure), in_progress, "import").outcome == "confirm"


def test_an_injury_that_is_not_happening_now_asks() -> None:
    found = assess(answers(injury="yes"), "urgent", "live")
    assert found.outcome == "confirm"
    assert [reason.rule for reason in found.reasons] == ["L0.injury-yes-earlier"]
    unanswered = SafetyAnswers(injury="yes")
    assert assess(unanswered, "urgent", "import").outcome == "divert"


@pytest.mark.parametrize("question", ["happening_now", "suspect_present"])
@pytest.mark.parametrize(
    ("in_progress", "answer", "outcome"),
    [
        ("divert", "yes", "divert"),
        ("divert", "unsure", "confirm"),
        ("urgent", "yes", "none"),
        ("urgent", "unsure", "none"),
        (None, "yes", "confirm"),
        (None, "unsure", "confirm"),
    ],
)
def test_presence_depends_on_the_type(
    question: str, in_progress: InProgress | None, answer: Answer, outcome: str
) -> None:
    assert assess(answers(**{question: answer}), in_progress, "live").outcome == outcome


@pytest.mark.parametrize("in_progress", KINDS)
def test_no_to_everything_is_no_emergency(in_progress: InProgress | None) -> None:
    assert assess(ALL_NO, in_progress, "live") == Assessment()


@pytest.mark.parametrize(
    ("purpose", "outcome"),
    [("live", "confirm"), ("never heard of", "confirm"), ("import", "none"), ("exercise", "none")],
)
def test_silence_is_unsure_in_a_live_report_and_nothing_in_others(
    purpose: str, outcome: str
) -> None:
    for in_progress in KINDS:
        assert assess(SafetyAnswers(), in_progress, purpose).outcome == outcome


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_single_silence_in_a_live_report_says_so(question: str) -> None:
    found = assess(answers(**{question: None}), "divert", "live")
    assert [reason.rule for reason in found.reasons] == [
        f"L0.{question.replace('_', '-')}-unanswered"
    ]


def test_the_maximum_keeps_every_reason_once() -> None:
    asks = assess(answers(weapon="unsure"), "urgent", "live")
    diverts = assess(answers(self_harm="yes"), "urgent", "live")
    both = maximum(asks, diverts, asks, Assessment())
    assert both.outcome == "divert"
    assert both.reasons == (*asks.reasons, *diverts.reasons)
    assert maximum() == Assessment()
    assert maximum(Assessment(outcome="confirm")).outcome == "confirm"
