"""What free text says: the situations that must pass, and what holds of every text."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.hazards.structured import OUTCOMES
from services.hazards.texts import MOST_READ, assess_text, assess_texts, hits_of
from services.local.demo import STORIES
from tests.safety.texts import own

PROFILES = Path(__file__).parents[3] / "deploy" / "agency"
AGENCIES = ("chesterfield", "lakeside")
SMALL_TALK = (" Thank you and have a nice day.", "\nI live on Elm Street.", " Gracias.")
EMERGENCIES = [each.text for each in own() if each.emergency]

MUST_DIVERT = {
    "after harmless words": "My bike was stolen. Also a man is lying in the road not breathing.",
    "as a supplement": "Update to my report: he is back and kicking in my door right now",
    "as a question": "is it a crime that my husband is choking me right now",
    "Spanish": "mi papá no respira",
    "a typo": "shes unconcious and bleedin",
    "no comma ends a no": "oh no she is bleeding",
    "a comma ends a no": "nobody is hurt, he has a gun",
    "letters held down": "my house is on fiiiire",
    "shouted": "HE HAS A GUN",
    "said without naming it": "I can't talk, he's in the next room",
}
MUST_NOTICE = {
    "asked in general": "what do I do if someone is having a heart attack",
    "a film, or so it seems": "we watched a movie and now my dad is having chest pain",
    "the past, and back": "he shot at us last year and he is outside now",
}
MUST_NOT_DIVERT = {
    "an idiom with a nearby hour": "my feet are killing me, when do you open",
    "found asleep": "the man I thought was dead on the bench was asleep",
    "denied": "no weapons, nobody was hurt",
    "long ago": "I was shot at last year and need a copy of the report",
    "a tool": "my nail gun was stolen",
    "a figure of speech": "this heat is killing me",
    "a place": "car parked in the fire lane",
    "asked about the law": "is it legal to own a gun",
    "Spanish, denied": "no hay heridos ni armas",
    "Spanish, long ago": "en 2018 me asaltaron con pistola y necesito copia del reporte",
}


@pytest.mark.parametrize("case", MUST_DIVERT)
def test_an_emergency_diverts(case: str) -> None:
    assert assess_text(MUST_DIVERT[case]).outcome == "divert"


@pytest.mark.parametrize("case", MUST_NOTICE)
def test_in_doubt_a_person_is_asked(case: str) -> None:
    assert assess_text(MUST_NOTICE[case]).outcome != "none"


@pytest.mark.parametrize("case", MUST_NOT_DIVERT)
def test_what_is_none_does_not_divert(case: str) -> None:
    assert assess_text(MUST_NOT_DIVERT[case]).outcome != "divert"


@pytest.mark.parametrize("story", [story for _, story in STORIES])
def test_the_stories_of_the_demo_alarm_nobody(story: str) -> None:
    assert assess_text(story).outcome == "none"


@pytest.mark.parametrize("agency", AGENCIES)
def test_no_name_of_a_type_of_report_diverts(agency: str) -> None:
    types = tomllib.loads((PROFILES / agency / "types.toml").read_text())["types"].values()
    named = [name for each in types for name in (each["label"], *each.get("keywords", ()))]
    assert named
    assert [name for name in named if assess_text(name).outcome == "divert"] == []


@pytest.mark.parametrize("many", [1, 3, 40])
def test_danger_is_not_buried_by_what_stands_around_it(many: int) -> None:
    around = "We have lived here for years and like the street. " * many
    assert assess_text(around + "My husband is not breathing. " + around).outcome == "divert"
    indirect = "I have written everyone a letter and the garage is closed with the engine running. "
    assert assess_text(around + indirect + around).outcome != "none"


def test_a_score_s_reasons_are_places_inside_the_text() -> None:
    calm, danger = "The fence is broken. ", "he said goodbye to each of us by name and hung up"
    scored = [hit for hit in hits_of(calm + danger) if hit.rule == "L2.learned"]
    assert [(hit.start <= len(calm), hit.end) for hit in scored] == [(True, len(calm + danger))]


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    assert assess_text(text).outcome in OUTCOMES
    for hit in hits_of(text):
        assert 0 <= hit.start <= hit.end <= len(text)


@given(st.sampled_from(EMERGENCIES), st.sampled_from(SMALL_TALK))
def test_case_and_small_talk_never_lower(text: str, more: str) -> None:
    before = _level(text)
    assert _level(text.upper()) >= before
    assert _level(text + "." + more) >= before


@given(st.sampled_from(EMERGENCIES), st.sampled_from(EMERGENCIES))
def test_two_texts_are_as_serious_as_the_worse(one: str, other: str) -> None:
    together = assess_texts([one, other], "live").outcome
    assert OUTCOMES.index(together) == max(_level(one), _level(other))


@given(st.sampled_from(EMERGENCIES))
def test_told_of_years_ago_it_is_never_more(text: str) -> None:
    assert _level(f"{text} years ago") <= _level(text)


def test_an_import_of_history_diverts_nobody_but_a_drill_is_real() -> None:
    text = MUST_DIVERT["shouted"]
    assert assess_texts([text], "import").outcome == "confirm"
    assert assess_texts([text], "exercise").outcome == "divert"


def test_what_cannot_be_read_is_asked_about() -> None:
    assert assess_text("в доме пожар, помогите").outcome == "confirm"
    assert assess_text("quiet street " * MOST_READ).outcome == "confirm"
    assert assess_text("").outcome == "none"


def _level(text: str) -> int:
    return OUTCOMES.index(assess_text(text).outcome)
