"""Short answers, and what is asked next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.domain.numbers import report_number
from services.intake.texting.conversation import (
    ConversationProfile,
    MessageReading,
    ask_next,
    read_message,
)
from services.intake.texting.dialogue import MOST_BYTES, Dialogue
from services.intake.texting.languages import languages
from services.intake.texting.resuming import number_and_pin_in
from services.intake.texting.wording import current_question, opening_messages
from tests.unit.pages.samples import PILOT, SITE

AGENCY = ConversationProfile(PILOT, SITE, languages(PILOT, SITE))
NOW = datetime(2026, 11, 23, tzinfo=UTC)
TONGUES = AGENCY.languages
NUMBER = report_number(1)


def dialogue() -> Dialogue:
    return Dialogue(language="en", number=NUMBER, pin="123456", type=PILOT.unknown_type)


def said(one: Dialogue, text: str) -> MessageReading:
    reading = read_message(AGENCY, one, text, "sms", NOW)
    ask_next(AGENCY, one, reading)
    return reading


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Yes", "yes"),
        ("y", "yes"),
        ("Sí", "yes"),
        ("si.", "yes"),
        ("NO!", "no"),
        ("No.", "no"),
        ("no, thanks", "no"),
        ("no gracias", "no"),
        ("none of these", "no"),
        ("?", "unsure"),
        ("not sure", "unsure"),
        ("no sé", "unsure"),
        ("I don't know", "unsure"),
        ("no one is hurt but he is back", None),
        ("", None),
        ("yes he has a gun", None),
    ],
)
def test_short_answers_in_either_language(text: str, answer: str | None) -> None:
    assert TONGUES.answer(text) == answer


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1", {1}),
        ("1 and 3", {1, 3}),
        ("1, 3", {1, 3}),
        ("1 y 3", {1, 3}),
        ("8", None),
        ("12 Main Street", None),
        ("911", None),
        ("", None),
        ("1" * 400, None),
        ("٣", None),
    ],
)
def test_numbers_that_were_offered(text: str, numbers: set[int] | None) -> None:
    assert TONGUES.numbers(text, 7) == numbers


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("STOP", "stop"),
        ("Stop!", "stop"),
        ("alto", "stop"),
        ("Start", "start"),
        ("help", "help"),
        ("AYUDA", "help"),
        ("new", "new"),
        ("nuevo", "new"),
        ("stop him he is hitting her", None),
        ("help me", None),
        ("", None),
        ("the end", None),
    ],
)
def test_a_command_is_a_whole_message(text: str, command: str | None) -> None:
    assert TONGUES.command(text) == command


def test_the_language_is_that_of_most_words() -> None:
    assert TONGUES.likely_language("Hay un carro en la calle") == "es"
    assert TONGUES.likely_language("There is a car in my street") == "en"
    assert TONGUES.likely_language("") == "en"


@pytest.mark.parametrize(
    "text",
    [f"{NUMBER} 123456", f"Report {NUMBER}, PIN 123456", f"{NUMBER.replace('-', '')} pin: 123456"],
)
def test_number_and_pin_are_found(text: str) -> None:
    named = number_and_pin_in(text)
    assert named is not None
    assert (named.number, named.pin) == (NUMBER, "123456")


@pytest.mark.parametrize("text", ["804-555-0100", f"{NUMBER[:-1]}x 123456", "call 8045550100 at 9"])
def test_a_telephone_is_no_number(text: str) -> None:
    assert number_and_pin_in(text) is None


def test_safety_comes_first_and_in_one_message() -> None:
    one = dialogue()
    said(one, "my bicycle was stolen from the porch")
    assert one.asked == "safety"
    question = current_question(AGENCY, one)
    assert all(f"\n{place} " in question for place in range(1, 6))
    said(one, "no")
    assert one.asked == "q:where"


def test_the_first_words_say_that_nobody_comes_and_that_it_is_a_demonstration() -> None:
    words = " ".join(opening_messages(AGENCY, dialogue(), "none"))
    assert "DEMONSTRATION" in words
    assert "Nobody is sent" in words
    assert NUMBER in words
    assert "123456" in words


@pytest.mark.parametrize("type_id", sorted(PILOT.types))
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_type_comes_to_an_end_in_every_language(type_id: str, language: str) -> None:
    one = dialogue()
    one.language = language
    said(one, "it is as I say, and nothing else is the matter here")
    one.type = type_id
    for _ in range(20):
        if one.asked is None:
            break
        assert current_question(AGENCY, one)
        said(one, "no")
    assert one.asked is None


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(max_size=80), min_size=1, max_size=12))
def test_any_messages_come_to_an_end_and_keep_their_words(texts: list[str]) -> None:
    one = dialogue()
    reading = said(one, texts[0])
    for text in texts[1:]:
        if one.asked is None or reading.diverted:
            break
        reading = said(one, text)
    assert reading.submission.says_something
    for _ in range(25):
        if one.asked is None or reading.diverted:
            break
        reading = said(one, "skip")
    assert one.asked is None or reading.diverted


def test_there_is_an_end_to_what_is_kept_but_not_to_what_is_heard() -> None:
    one = dialogue()
    said(one, "ñandú " * 10_000)
    assert one.cut
    assert sum(len(value.encode()) for value in one.form.values()) <= MOST_BYTES
    assert said(one, "he has a gun and is shooting at us right now").diverted


def test_an_emergency_in_any_answer_diverts() -> None:
    one = dialogue()
    assert not said(one, "my bicycle was stolen from the porch").diverted
    for _ in range(12):
        trial = one.model_copy(deep=True)
        assert said(trial, "he is back with a gun and breaks the window now").diverted, one.asked
        if one.asked is None:
            break
        said(one, "no")
