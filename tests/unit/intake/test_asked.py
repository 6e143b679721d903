"""What the answers of a form mean, for every type and every set of safety questions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.hazards.structured import OUTCOMES, Assessment
from services.intake.domain.submission import read_submission
from services.intake.site.form_answers import (
    asks_once_more,
    assess_form,
    body_of,
    missing,
    on_one_page,
    safety_asked,
)
from services.intake.site.type_search import find_types
from tests.unit.pages.samples import PILOT, PUBLIC, SITE

TYPES = sorted(PILOT.types)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def outcome(type_id: str, form: dict[str, str]) -> str:
    known = PILOT.types[type_id]
    said = read_submission(body_of(SITE, known, form), PILOT.known_types, PILOT.zone, NOW)
    return assess_form(PILOT, SITE, known, said, form).outcome


def every(type_id: str, answer: str) -> dict[str, str]:
    return {f"s_{q.id}": answer for q in safety_asked(SITE, PILOT.types[type_id])}


@pytest.mark.parametrize("type_id", TYPES)
def test_all_is_well_can_be_said_and_silence_does_not_say_it(type_id: str) -> None:
    assert outcome(type_id, every(type_id, "no")) == "none"
    assert outcome(type_id, {}) == "confirm"
    assert outcome(type_id, every(type_id, "unsure")) == "confirm"
    assert outcome(type_id, every(type_id, "yes")) == "divert"


@pytest.mark.parametrize("type_id", TYPES)
def test_a_worse_answer_never_lowers_the_outcome(type_id: str) -> None:
    calm = every(type_id, "no")
    for name in calm:
        found = [outcome(type_id, calm | {name: answer}) for answer in ("no", "unsure", "yes")]
        assert found == sorted(found, key=OUTCOMES.index), name


def test_the_question_that_is_asked_again_diverts() -> None:
    calm = every("theft", "no")
    assert outcome("theft", calm | {"s_again": "yes"}) == "divert"
    assert outcome("theft", calm | {"s_again": "no"}) == "none"


def test_words_count_whatever_the_answers_say() -> None:
    calm = every("theft", "no")
    assert outcome("theft", calm | {"description": "he is back with a gun, hurry"}) == "divert"
    assert outcome("theft", calm | {"location_text": "my house is on fire"}) == "divert"
    assert outcome("theft", calm | {"description": "my bicycle was stolen"}) == "none"


def test_a_doubt_in_words_is_asked_about_once() -> None:
    doubt = Assessment("confirm")
    assert asks_once_more(doubt, {})
    assert not asks_once_more(doubt, {"s_again": "no"})
    assert not asks_once_more(Assessment(), {})


def test_a_yes_to_several_is_kept_as_unsure_of_each() -> None:
    body = body_of(SITE, PILOT.types["street-light"], {"s_any-danger": "yes"})
    assert set(body["safety"].values()) == {"unsure"}


def test_short_types_are_asked_on_one_page() -> None:
    assert on_one_page(SITE, PILOT.types["street-light"])
    assert not on_one_page(SITE, PILOT.types["theft"])


def test_what_is_missing_or_vague_is_told() -> None:
    known = PILOT.types["road"]
    assert missing(SITE, known, {}) == ["where", "road-trouble"]
    assert missing(SITE, PILOT.types["information"], {"description": "why?"}) == ["what"]


@pytest.mark.parametrize("text", ["", "xyzzy", "\x00", "no", "9" * 10_000])
def test_words_that_mean_no_type_find_none(text: str) -> None:
    local = PUBLIC._environment.globals["local"]
    assert find_types(PILOT, local, text) == []  # type: ignore[arg-type]
