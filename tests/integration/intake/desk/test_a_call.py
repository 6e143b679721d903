"""A call is taken down: filed, handed off, kept over a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from services.runtime.identity import Role
from tests.integration.intake.conftest import count
from tests.integration.intake.desk.conftest import CALM, open_desk
from tests.integration.intake.test_site import reports, words

if TYPE_CHECKING:
    from tests.integration.intake.desk.conftest import Desk


async def handoffs(database_url: str) -> list[tuple[str, list[str]]]:
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute("select report_number, rules from intake.handoffs")
        return await cursor.fetchall()


async def test_a_call_becomes_a_report_that_says_who_took_it_and_how(a_desk: Desk) -> None:
    told = {"interpreter": "Line 4", "relay": "711", "language": "es", "contact_name": "A. Caller"}
    answer = await a_desk.send(CALM | told)
    assert answer.status_code == 201
    (report,) = await reports(a_desk.database_url)
    assert report.report_number in words(answer)
    assert (report.type, report.medium, report.language) == ("theft", "phone", "es")
    assert report.emergency.outcome == "none"
    assert report.statement.value is not None
    kept = report.statement.value.answers
    assert (kept["interpreter"], kept["relay"]) == ("Line 4", "711")
    async with await psycopg.AsyncConnection.connect(a_desk.database_url) as connection:
        cursor = await connection.execute("select body from intake.events")
        body = bytes((await cursor.fetchone() or (b"",))[0])
    assert b"calltaker" in body
    assert b"department" in body


@pytest.mark.parametrize("medium", ["phone", "walk-in", "self-initiated"])
async def test_the_channel_is_recorded(a_desk: Desk, medium: str) -> None:
    await a_desk.send(CALM | {"medium": medium})
    (report,) = await reports(a_desk.database_url)
    assert report.medium == medium


async def test_one_key_hands_off_whatever_is_there(a_desk: Desk) -> None:
    answer = await a_desk.send({"location_text": "12 Main Street"}, "handoff")
    assert "Transfer to 9-1-1 now" in words(answer)
    (pending,) = await handoffs(a_desk.database_url)
    (report,) = await reports(a_desk.database_url)
    assert pending[0] == report.report_number
    assert "desk.call-taker-hands-off" in pending[1]


async def test_a_silent_caller_is_handed_off_with_an_empty_form(a_desk: Desk) -> None:
    assert (await a_desk.send({}, "handoff")).status_code == 201
    assert len(await handoffs(a_desk.database_url)) == 1


async def test_an_empty_form_is_not_filed(a_desk: Desk) -> None:
    assert (await a_desk.send({})).status_code == 422
    assert await count(a_desk.database_url, "reports") == 0


@pytest.mark.parametrize(
    "danger",
    [
        {"f_weapon": "yes"},
        {"f_other": "yes"},
        {"safe_on_line": "no"},
        {"when": "now"},
        {"description": "There is a man with a gun in my house right now"},
    ],
)
async def test_danger_in_any_answer_becomes_a_hand_off(
    a_desk: Desk, danger: dict[str, str]
) -> None:
    answer = await a_desk.send(CALM | danger)
    assert "Transfer to 9-1-1 now" in words(answer)
    assert len(await handoffs(a_desk.database_url)) == 1


async def test_a_key_pressed_twice_files_once(a_desk: Desk) -> None:
    form = await a_desk.open() | CALM | {"do": "file"}
    first = await a_desk.client.post("/console/desk", data=form)
    second = await a_desk.client.post("/console/desk", data=form)
    assert words(first) == words(second)
    assert await count(a_desk.database_url, "reports") == 1


async def test_a_draft_survives_browser_and_server(a_database: str) -> None:
    async with open_desk(a_database) as desk:
        form = await desk.open() | CALM
        kept = await desk.client.post("/console/desk/draft", data=form)
        assert "Draft kept" in kept.text
    async with open_desk(a_database) as desk:
        page = await desk.client.get(f"/console/desk?draft={form['form_key']}")
        assert "A bicycle was taken" in page.text
        form = await desk.open(f"?draft={form['form_key']}") | CALM | {"do": "file"}
        assert (await desk.client.post("/console/desk", data=form)).status_code == 201
    assert await count(a_database, "drafts") == 0
    assert await count(a_database, "reports") == 1


async def test_a_draft_tells_of_the_danger_in_it(a_desk: Desk) -> None:
    form = await a_desk.open() | CALM | {"f_weapon": "yes"}
    kept = await a_desk.client.post("/console/desk/draft", data=form)
    assert 'role="alert"' in kept.text


async def test_a_draft_is_on_no_other_desk(a_database: str) -> None:
    async with open_desk(a_database) as desk:
        form = await desk.open() | CALM
        await desk.client.post("/console/desk/draft", data=form)
    async with open_desk(a_database, Role.DISPATCHER) as other:
        page = await other.client.get(f"/console/desk?draft={form['form_key']}")
        assert "A bicycle" not in page.text


async def test_whoever_may_not_file_is_still_told_to_call(a_database: str) -> None:
    async with open_desk(a_database, Role.AUDITOR) as desk:
        answer = await desk.client.post("/console/desk", data=CALM | {"f_weapon": "yes"})
    assert answer.status_code == 403
    assert "9-1-1" in answer.text
