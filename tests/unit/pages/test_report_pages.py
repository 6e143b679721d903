"""The public pages: safety first, nothing typed is lost, and the way back to the report."""

from __future__ import annotations

import re

import pytest

from services.hazards.structured import SafetyAnswers
from services.intake.site.form_answers import body_of
from services.intake.site.words import built_in_words
from tests.unit.pages import samples
from tests.unit.pages.document import Document

TYPED = "Sprayed <b>paint</b> & 'left'"
RENDERED = samples.every_page(TYPED)


def test_every_field_of_the_form_reaches_the_report_and_keeps_what_was_typed() -> None:
    known = samples.PILOT.types["unclassified"]
    first, rest = (Document(RENDERED[n]) for n in ("form, refused at first", "form, refused"))
    names = {each["name"] for page in (first, rest) for each in page.controls()}
    body = body_of(samples.SITE, known, {name: f"typed {name}" for name in names})
    assert set(body["safety"]) == set(SafetyAnswers.model_fields)
    assert len(body["vehicles"][0]) == 4
    assert set(body["contact"]) == {"name", "phone", "email", "safe_to_contact"}
    assert set(body["occurred"]) == {"from", "to"}
    assert {"type", "description", "location", "people"} <= set(body)
    for page in (first, rest):
        kept = {
            e["name"]: e["value"] for e in page.all("input") if e["name"] in samples.TEXT_FIELDS
        }
        areas = {each["name"]: each.words for each in page.all("textarea")}
        assert set((kept | areas).values()) == {TYPED}


def test_the_browser_never_holds_a_report_back() -> None:
    document = Document(RENDERED["form, empty"])
    assert "novalidate" in document.all("form")[0].attributes
    assert not [each for each in document.controls() if "required" in each.attributes]


def test_where_and_safety_come_before_everything_else_in_the_form() -> None:
    document = Document(RENDERED["form, empty"])
    names = list(dict.fromkeys(each["name"] for each in document.controls()))
    assert names[:2] == ["location_text", "contact_phone"]
    assert names[2:] == [
        "s_happening-now",
        "s_suspect-present",
        "s_weapon",
        "s_injury",
        "s_other-danger",
    ]
    lines = [a["href"] for a in document.all("a") if a.inside("main")]
    assert lines == ["tel:911", "sms:911"]


@pytest.mark.parametrize(
    "name", ["form, refused", "filed, divert", "status, diverted", "status, refused"]
)
def test_an_emergency_is_the_first_thing_on_the_page(name: str) -> None:
    document = Document(RENDERED[name])
    inside = [each for each in document.elements if each.inside("main")]
    assert inside[0]["role"] == "alert"
    assert inside[0].words.startswith(f"Call 9-1-1 now {samples.DIVERT['instruction']}")
    links = [a["href"] for a in document.all("a") if inside[0] in a.within]
    assert links == ["tel:911", "sms:911", "tel:804-748-1251", "tel:988", "sms:988"]
    assert [e.tag for e in document.elements if "autofocus" in e.attributes] == ["section"]


@pytest.mark.parametrize(("name", "asks"), [("filed, confirm", True), ("filed", False)])
def test_the_answer_asks_when_in_doubt_and_gives_number_and_pin(name: str, asks: bool) -> None:
    document = Document(RENDERED[name])
    words = document.all("main")[0].words
    assert (samples.CONFIRM["instruction"] in words) == asks
    assert [dd.words for dd in document.all("dd")][:2] == ["618-033-994", "271828"]
    assert "/reports/618-033-994" in [a["href"] for a in document.all("a")]


def test_an_error_is_announced() -> None:
    document = Document(
        samples.PUBLIC.fragment(
            "site_form.html",
            **samples.blank_form(
                "details", "theft", error="form.attest_missing", emergency=samples.NONE
            ),
        )
    )
    problem = next(each for each in document.elements if each["id"] == "problem")
    assert problem["role"] == "alert"
    assert "autofocus" in problem.attributes
    assert "Please tick" in problem.words


def test_the_site_has_the_same_words_in_every_language_it_brings() -> None:
    english, spanish = built_in_words("en"), built_in_words("es")
    assert english.keys() == spanish.keys()
    placeholders = re.compile(r"\{\w+\}")
    for key, text in english.items():
        assert set(placeholders.findall(text)) == set(placeholders.findall(spanish[key])), key


def test_no_word_of_the_site_knows_a_number_of_any_agency() -> None:
    for words in (built_in_words("en"), built_in_words("es")):
        assert not [text for text in words.values() if re.search(r"\d{3}|9-1-1", text)]


def test_times_are_the_agency_s_own() -> None:
    values = samples.followed("618-033-994", progress=samples.progress("closed"))
    document = Document(samples.PUBLIC.fragment("report_status.html", **values))
    times = [each.words for each in document.all("time")]
    assert times[0] == "2026-03-14 16:26:53"
