"""People ask in their language, staff see what has no answer, and every step is in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.acceptance.installation import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.installation import Installed

EDITION = {
    "answer": "drones",
    "subject": "community",
    "since": "2026-01-01",
    "title_en": "May I fly a drone over a park?",
    "text_en": "Ask the park first.",
    "title_es": "¿Puedo volar un dron en un parque?",
    "text_es": "Pregunte primero al parque.",
    "keywords_es": "drones",
    "source": "Park rules, 7",
}


@pytest.fixture
def staff(a_running_installation: Installed) -> Iterator[httpx.Client]:
    """An administrator's client."""
    with a_running_installation.client() as client:
        yield client


@pytest.fixture
def asker(a_running_installation: Installed) -> Iterator[httpx.Client]:
    """Somebody without any account, once the profile's answers are published."""
    with httpx.Client(base_url=a_running_installation.url, timeout=30) as client:
        wait_for(lambda: client.get("/api/v1/answers").json()["items"], "published answers")
        yield client


def asked(asker: httpx.Client, question: str, **more: str) -> dict[str, Any]:
    answer = asker.post("/api/v1/inquiries", json={"question": question} | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_what_is_published_answers_in_english_and_spanish(asker: httpx.Client) -> None:
    for language, question in (("en", "when is loud noise illegal"), ("es", "ruido de noche")):
        told = asked(asker, question, language=language)
        assert told["answers"][0]["answer"] == "noise"
        assert (told["answers"][0]["language"], told["answers"][0]["edition"]) == (language, 1)
        assert told["pin"] is None


def test_what_has_no_answer_becomes_work_and_then_an_answer_for_all(
    asker: httpx.Client, staff: httpx.Client
) -> None:
    told = asked(asker, "drones en el parque de Rockwood", language="es")
    number, pin = told["inquiry_number"], {"Inquiry-PIN": told["pin"]}
    wait_for(lambda: number in staff.get("/console/inquiries").text, "the work list")
    assert "drones en el parque" in staff.get(f"/console/inquiries/{number}").text
    assert staff.post("/console/answers", data=EDITION).status_code == 303
    wait_for(lambda: asker.get("/answers/drones").status_code == 200, "the answer")
    reply = {"reply": "Sí, con permiso.", "answer": "drones"}
    assert staff.post(f"/console/inquiries/{number}/reply", data=reply).status_code == 303
    (replied,) = asker.get(f"/api/v1/inquiries/{number}", headers=pin).json()["replies"]
    assert replied["text"] == "Sí, con permiso."
    assert replied["shown"] == [{"answer": "drones", "edition": 1, "language": "es"}]
    assert asked(asker, "¿un dron?", language="es")["answers"][0]["answer"] == "drones"


def test_an_emergency_asked_as_a_question_reaches_the_dispatcher(
    asker: httpx.Client, staff: httpx.Client
) -> None:
    told = asked(asker, "whom do I call, my house is on fire")
    assert told["emergency"]["outcome"] == "divert"
    assert "Call 9-1-1 now" in told["emergency"]["instruction"]
    number = told["report"]["report_number"]
    assert number in staff.get("/console").text
    wait_for(lambda: staff.get(f"/api/v1/cases/{number}").status_code == 200, "its call")


def test_questions_and_answers_are_in_the_ledger_and_the_views_can_be_made_again(
    a_running_installation: Installed, asker: httpx.Client
) -> None:
    asked(asker, "when is loud noise illegal")
    a_running_installation.settle()
    for view in ("inquiries", "answers"):
        a_running_installation.command("rebuild", view, "--switch")
    assert asked(asker, "when is loud noise illegal")["answers"][0]["answer"] == "noise"
    a_running_installation.settle()
    assert "0 different" in a_running_installation.command("audit", "diff", "--all")
    for view in ("inquiries", "answers"):
        a_running_installation.command("rebuild", "drop", view)
