"""Staff write answers: publish, revise, retire; and answer whoever waits."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from services.agency.loader import load_profile
from services.agency.site_loader import load_site
from services.runtime.clock import now
from services.runtime.identity import CASE_WORKERS, REVIEWERS, Role
from tests.integration.intake.inquiries.test_asking import NUMBER, PIN, ask, links, words
from tests.unit.agency.conftest import AGENCIES

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.integration.intake.inquiries.office import Office

PILOT = load_site(AGENCIES / "chesterfield", load_profile(AGENCIES / "chesterfield")).answers
TODAY = now().date() - timedelta(days=1)  # whatever the time zone, it has begun
GRILL = {
    "answer": "grilling",
    "subject": "disorder",
    "since": TODAY.isoformat(),
    "title_en": "When may I grill?",
    "text_en": "On a balcony never.",
    "keywords_en": "barbecue",
    "title_es": "¿Cuándo puedo hacer una parrillada?",
    "text_es": "En un balcón nunca.",
}


async def publish(
    office: Office, verb: str = "", role: str = "supervisor", **changes: str
) -> httpx.Response:
    answer = await office.client.post(
        f"/console/answers{verb}", data=GRILL | changes, headers=office.as_(role)
    )
    await office.settle()
    return answer


async def test_a_published_answer_is_found_and_read(office: Office) -> None:
    assert (await publish(office)).status_code == 303
    assert links(await ask(office, "barbecues")) == ["grilling"]
    assert links(await ask(office, "¿cuándo parrilladas?", "/es"))[0] == "grilling"
    page = await office.client.get("/es/answers/grilling")
    assert "En un balcón nunca." in words(page)
    listed = await office.client.get("/answers")
    assert "When may I grill?" in words(listed)
    item = (await office.client.get("/api/v1/answers", params={"subject": "disorder"})).json()
    assert {each["answer"] for each in item["items"]} == {"noise", "grilling"}


async def test_a_revision_takes_its_place_and_the_earlier_one_stays_readable(
    office: Office,
) -> None:
    await publish(office)
    await publish(office, "/grilling/revise", text_en="Once a year.", source="Council, 12 May")
    now_holds = words(await office.client.get("/answers/grilling"))
    assert "Once a year." in now_holds
    assert "Version 2" in now_holds
    assert "Council, 12 May" in now_holds
    (told,) = (await office.client.get("/api/v1/answers/grilling")).json()["editions"]
    assert told["edition"] == 2  # the first never held a whole day


async def test_an_edition_that_held_once_is_readable_and_says_so(office: Office) -> None:
    await publish(office, since="2026-01-01")
    await publish(office, "/grilling/revise", text_en="Once a year.")
    first = words(await office.client.get("/answers/grilling/1"))
    assert "On a balcony never." in first
    assert "This version is no longer in force." in first
    assert TODAY.isoformat() in first  # until when it held
    assert "no longer in force" not in words(await office.client.get("/answers/grilling/2"))


@pytest.mark.parametrize(
    "dates",
    [
        {"since": (TODAY + timedelta(days=9)).isoformat()},
        {"since": "2026-01-01", "until": TODAY.isoformat()},
    ],
)
async def test_outside_its_dates_an_answer_is_not_shown(
    office: Office, dates: dict[str, str]
) -> None:
    await publish(office, **dates)
    assert links(await ask(office, "barbecue")) == []
    assert (await office.client.get("/answers/grilling")).status_code == 404
    assert "grill" not in words(await office.client.get("/answers"))


async def test_a_retired_answer_is_shown_no_more(office: Office) -> None:
    await publish(office, since="2026-01-01")
    await publish(office, "/grilling/retire", on=TODAY.isoformat())
    assert (await office.client.get("/answers/grilling")).status_code == 404
    assert "no longer in force" in words(await office.client.get("/answers/grilling/1"))
    await publish(office, "/grilling/revise", text_en="Again allowed.")
    assert "Again allowed." in words(await office.client.get("/answers/grilling"))


async def test_only_reviewers_publish(office: Office) -> None:
    for role in sorted(set(Role) - REVIEWERS):
        assert (await publish(office, role=role.value)).status_code == 403
    assert len(await office.events("answer-published")) == len(PILOT)
    for role in REVIEWERS:
        answer = await publish(office, role=role.value, answer=f"by-{role.value}")
        assert answer.status_code == 303


@pytest.fixture
def wrongs() -> list[dict[str, str]]:
    """What makes the form of an answer not whole."""
    return [
        {"answer": "../x"},
        {"answer": ""},
        {"subject": "nothing"},
        {"since": "soon"},
        {"title_en": " "},
        {"text_en": ""},
        {"until": "2020-01-01"},
        {"text_en": "x" * 8001},
        {"answer": "noise"},
    ]


async def test_what_is_not_whole_is_refused(office: Office, wrongs: list[dict[str, str]]) -> None:
    for wrong in wrongs:
        assert (await publish(office, **wrong)).status_code in (409, 413, 422)
    assert len(await office.events("answer-published")) == len(PILOT)


async def test_whoever_saw_an_older_state_is_told(office: Office) -> None:
    await publish(office)
    assert (await publish(office, "/grilling/revise", version="1")).status_code == 303
    stale = await publish(office, "/grilling/revise", version="0", text_en="Something else.")
    assert stale.status_code == 412


async def test_a_question_is_a_piece_of_work_and_its_asker_is_answered(office: Office) -> None:
    told = await ask(office, "Wann darf ich grillen?")
    number, pin = NUMBER.findall(told.text)[0], PIN.findall(told.text)[0]
    await publish(office)
    clerk = office.as_("calltaker")
    work = await office.client.get("/console/inquiries", headers=clerk)
    assert number in words(work)
    assert "grillen" not in work.text
    opened = await office.client.get(f"/console/inquiries/{number}", headers=clerk)
    assert "Wann darf ich grillen?" in words(opened)
    (read,) = await office.events("personal-data-revealed")
    assert (read.data.number, read.data.reason) == (number, "inquiry")  # type: ignore[attr-defined]
    sent = await office.client.post(
        f"/console/inquiries/{number}/reply",
        headers=clerk,
        data={"reply": "Nie auf dem Balkon.", "answer": "grilling", "version": "2"},
    )
    assert sent.status_code == 303
    await office.settle()
    yours = await office.client.post("/answers/yours", data={"inquiry_number": number, "pin": pin})
    assert "Nie auf dem Balkon." in words(yours)
    assert "On a balcony never." in words(yours)
    told_too = await office.client.get(f"/api/v1/inquiries/{number}", headers={"Inquiry-PIN": pin})
    (replied,) = told_too.json()["replies"]
    assert replied["shown"] == [{"answer": "grilling", "edition": 1, "language": "en"}]
    assert number not in words(await office.client.get("/console/inquiries", headers=clerk))


async def test_who_answers_nobody_sees_no_question(office: Office) -> None:
    told = await ask(office, "Wann darf ich grillen?")
    number = NUMBER.findall(told.text)[0]
    await office.settle()
    for role in sorted(set(Role) - CASE_WORKERS):
        staff = office.as_(role.value)
        page = await office.client.get(f"/console/inquiries/{number}", headers=staff)
        assert page.status_code == 200
        assert "grillen" not in page.text
        reply = await office.client.post(
            f"/console/inquiries/{number}/reply", headers=staff, data={"reply": "No."}
        )
        assert reply.status_code == 403


async def test_nobody_reads_the_work_list_without_signing_in(office: Office) -> None:
    for page in ("/console/inquiries", "/console/inquiries/Q-1", "/console/answers"):
        assert (await office.client.get(page)).headers["location"] == "/console/sign-in"
    assert (await office.client.post("/console/answers", data=GRILL)).status_code == 401


async def test_the_profile_is_adopted_once_and_again_when_it_changes(
    office: Office, tmp_path: Path
) -> None:
    assert await office.adopt() == 0
    copy = shutil.copytree(office.settings.agency, tmp_path / "pilot")
    answers = copy / "answers.toml"
    answers.write_text(answers.read_text().replace("Loud noise that", "Any noise that"))
    assert await office.adopt(copy) == 1
    assert await office.adopt(copy) == 0
    changed = await office.events("answer-revised")
    assert [(each.stream_id, each.actor.who) for each in changed] == [("answer-noise", "profile")]
    await publish(office, "/noise/revise", text_en="Staff know better.")
    assert await office.adopt(copy) == 0
    assert "Staff know better." in words(await office.client.get("/answers/noise"))
