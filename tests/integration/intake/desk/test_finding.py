"""What was reported before is found, read on the record, and added to by telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg

from services.runtime.clock import now
from tests.integration.intake.desk.conftest import CALM
from tests.integration.intake.desk.test_a_call import handoffs
from tests.integration.intake.test_site import reports, words

if TYPE_CHECKING:
    import httpx

    from tests.integration.intake.desk.conftest import Desk


ZONE = ZoneInfo("America/New_York")
"""The pilot's: a day at the desk is the agency's day, whatever UTC says."""


async def a_filed_report(desk: Desk) -> str:
    await desk.send(CALM)
    return (await reports(desk.database_url))[0].report_number


async def find(desk: Desk, by: str, sought: str) -> httpx.Response:
    csrf = (await desk.open())["csrf"]
    typed = {"csrf": csrf, "by": by, "sought": sought}
    return await desk.client.post("/console/desk/find", data=typed)


async def add(desk: Desk, number: str, typed: dict[str, str]) -> httpx.Response:
    hidden = await desk.open(f"/reports/{number}")
    return await desk.client.post(f"/console/desk/reports/{number}", data=hidden | typed)


async def reads(database_url: str) -> list[str]:
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute("select type from access.events order by recorded_at")
        return [row[0] for row in await cursor.fetchall()]


async def test_a_report_is_found_by_number_and_by_date(a_desk: Desk) -> None:
    number = await a_filed_report(a_desk)
    assert number in words(await find(a_desk, "number", number.replace("-", " ")))
    assert number in words(await find(a_desk, "date", f"{now().astimezone(ZONE):%Y-%m-%d}"))
    assert "0 found" in words(await find(a_desk, "date", "2001-02-03"))
    assert (await find(a_desk, "date", "yesterday")).status_code == 422
    assert [each.split(".")[1] for each in await reads(a_desk.database_url)] == (
        ["listing-viewed"] * 3
    )


async def test_a_report_is_read_only_on_the_record(a_desk: Desk) -> None:
    number = await a_filed_report(a_desk)
    page = await a_desk.client.get(f"/console/desk/reports/{number}")
    assert "Before you tell anything" in words(page)
    assert "bicycle" not in page.text
    assert "access.case-viewed.v1" in await reads(a_desk.database_url)
    assert (await a_desk.client.get("/console/desk/reports/000-000-000")).status_code == 404


async def test_a_supplement_taken_by_telephone_joins_the_report_once(a_desk: Desk) -> None:
    number = await a_filed_report(a_desk)
    hidden = await a_desk.open(f"/reports/{number}")
    calm = {
        "when": "earlier",
        "f_suspect_present": "no",
        "f_weapon": "no",
        "f_injury": "no",
        "f_other": "no",
        "description": "The shed's lock was cut",
    }
    for _ in range(2):
        await a_desk.client.post(f"/console/desk/reports/{number}", data=hidden | calm)
    submitted, added = await reports(a_desk.database_url)
    assert added.report_number == submitted.report_number
    assert added.medium == "phone"
    assert added.type is None
    assert await handoffs(a_desk.database_url) == []


async def test_an_emergency_in_a_supplement_is_handed_off(a_desk: Desk) -> None:
    number = await a_filed_report(a_desk)
    answer = await add(a_desk, number, {"description": "He is back with a knife", "when": "now"})
    assert "Transfer to 9-1-1 now" in words(answer)
    assert [each[0] for each in await handoffs(a_desk.database_url)] == [number]
