"""The public pages: safety first, nothing typed is lost, and the way back to the report."""

from __future__ import annotations

import pytest

from services.hazards.structured import SafetyAnswers
from services.intake.pages import to_body
from tests.unit.pages import samples
from tests.unit.pages.document import Document

TYPED = "Sprayed <b>paint</b> & 'left'"
RENDERED = samples.every_page(TYPED)


def test_every_field_of_the_form_reaches_the_report_and_keeps_what_was_typed() -> None:
    document = Document(RENDERED["form, refused"])
    form = {each["name"]: f"typed {each['name']}" for each in document.controls()}
    body = to_body(form)
    assert set(body["safety"]) == set(SafetyAnswers.model_fields)
    assert [form["person_role"], form["person_description"]] == list(body["people"][0].values())
    assert len(body["vehicles"][0]) == 4
    assert set(body["contact"]) == {"name", "phone", "email", "safe_to_contact"}
    assert set(body["occurred"]) == {"from", "to"}
    assert set(body["location"]) == {"text", "latitude", "longitude"}
    assert {"type", "description"} <= set(body)
    kept = {
        e["name"]: e["value"] for e in document.all("input") if e["name"] in samples.TEXT_FIELDS
    }
    areas = {each["name"]: each.words for each in document.all("textarea")}
    assert set((kept | areas).values()) == {TYPED}
    chosen = [e["value"] for e in document.elements if {"checked", "selected"} & set(e.attributes)]
    assert chosen == ["unsure", "vandalism", TYPED, "no"]


def test_the_browser_never_holds_a_report_back() -> None:
    document = Document(RENDERED["form, empty"])
    assert "novalidate" in document.all("form")[0].attributes
    assert not [each for each in document.controls() if "required" in each.attributes]


def test_safety_comes_before_everything_else_in_the_form() -> None:
    document = Document(RENDERED["form, empty"])
    names = [each["name"] for each in document.controls()]
    assert set(names[:21]) == set(SafetyAnswers.model_fields)
    lines = [a["href"] for a in document.all("a") if a.inside("main")]
    assert lines == ["tel:911", "sms:911"]
    assert document.all("option")[0].words == "I am not sure"


@pytest.mark.parametrize("name", ["form, refused", "filed, divert"])
def test_an_emergency_is_the_first_thing_on_the_page(name: str) -> None:
    document = Document(RENDERED[name])
    inside = [each for each in document.elements if each.inside("main")]
    assert inside[0]["role"] == "alert"
    assert inside[0].words.startswith(f"Call 9-1-1 now {samples.DIVERT['instruction']}")
    links = [a["href"] for a in document.all("a") if inside[0] in a.within]
    assert links == ["tel:911", "sms:911", "tel:988", "sms:988"]
    assert [e.tag for e in document.elements if "autofocus" in e.attributes] == ["section"]


@pytest.mark.parametrize(("name", "asks"), [("filed, confirm", True), ("filed", False)])
def test_the_answer_asks_when_in_doubt_and_gives_number_and_pin(name: str, asks: bool) -> None:
    document = Document(RENDERED[name])
    words = document.all("main")[0].words
    assert (samples.CONFIRM["instruction"] in words) == asks
    assert [dd.words for dd in document.all("dd")] == ["618-033-994", "271828"]
    assert "/reports/618-033-994" in [a["href"] for a in document.all("a")]


def test_an_error_is_announced_and_leads_to_what_is_missing() -> None:
    document = Document(RENDERED["form, nothing said"])
    problem = next(each for each in document.elements if each["id"] == "problem")
    assert problem["role"] == "alert"
    assert "autofocus" in problem.attributes
    links = [a["href"] for a in document.all("a") if problem in a.within]
    assert links == ["#description", "#type"]


def test_times_are_the_agency_s_own() -> None:
    values = {"report_number": "618-033-994", "progress": samples.progress("closed"), "error": None}
    document = Document(samples.PUBLIC.fragment("report_status.html", **values))
    times = [each.words for each in document.all("time")]
    assert times[0] == "2026-03-14 16:26:53"
