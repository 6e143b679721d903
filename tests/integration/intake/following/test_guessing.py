"""A guesser learns nothing: not by answers, not by locks, not by asking again after a restart."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from services.intake.domain.numbers import report_number
from tests.integration.intake.conftest import open_site
from tests.integration.intake.following.conftest import CALM, CONTACT, Filed, file

if TYPE_CHECKING:
    import httpx

    from tests.integration.intake.following.conftest import Kept

NOBODYS = report_number(4_711_000)


async def details(kept: Kept, **changes: str) -> dict[str, str]:
    """What the reporting party of the only report knows."""
    rows = await kept.rows(
        "select (submitted_at at time zone 'America/New_York')::date from reports"
    )
    right = {"reached": "804 555 0100", "name": "Ruiz", "type": "vandalism"}
    return right | {"filed_on": str(rows[0][0])} | changes


async def found(site: httpx.AsyncClient, asked: dict[str, str]) -> list[dict[str, Any]]:
    answer = await site.post("/api/v1/reports/search", json=asked)
    assert answer.status_code == 200
    return list(answer.json()["reports"])


async def test_wrong_and_unknown_are_one_answer_and_are_counted_alike(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    answers: list[httpx.Response] = []
    for place in (a_report.place, f"/api/v1/reports/{NOBODYS}", "/api/v1/reports/nonsense"):
        answers = [await a_site.get(place, headers={"Report-Pin": f"wrong{n}"}) for n in range(12)]
        assert {(a.status_code, a.text) for a in answers} == {(404, answers[0].text)}
    rows = await kept.rows("select wrong, locked_until is not null from guesses")
    assert rows == [(0, True)] * 3
    right = await a_site.get(a_report.place, headers=a_report.pass_)
    assert (right.status_code, right.text) == (404, answers[0].text)


async def test_a_lock_outlives_a_restart_and_ends(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept, a_database: str
) -> None:
    guesses = [a_site.get(a_report.place, headers={"Report-Pin": f"wrong{n}"}) for n in range(10)]
    await asyncio.gather(*guesses)
    async with open_site(a_database, "chesterfield") as another:
        locked = await another.get(a_report.place, headers=a_report.pass_)
        assert locked.status_code == 404
        await kept.rows("update guesses set locked_until = now() - interval '1 second'")
        assert (await another.get(a_report.place, headers=a_report.pass_)).status_code == 200


async def test_every_way_in_counts_at_the_same_lock(
    a_site: httpx.AsyncClient, a_report: Filed
) -> None:
    wrong = {"Report-Pin": "wrong"}
    for _ in range(3):
        await a_site.post(f"{a_report.place}/supplements", json={"description": "x"}, headers=wrong)
        await a_site.put(f"{a_report.place}/contact-rules", json={}, headers=wrong)
        await a_site.post(f"{a_report.place}/attachments", content=b"x", headers=wrong)
    await a_site.post("/reports", data={"report_number": a_report.number, "pin": "000"})
    assert (await a_site.get(a_report.place, headers=a_report.pass_)).status_code == 404


async def test_all_details_together_find_the_report_and_any_wrong_one_finds_nothing(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    (shown,) = await found(a_site, await details(kept))
    assert shown["report_number"] == a_report.number
    assert (await found(a_site, await details(kept, name="LOPEZ")))[0] == shown
    for wrong in ({"name": "Maria"}, {"type": "theft"}, {"filed_on": "2020-01-01"}):
        assert await found(a_site, await details(kept, **wrong)) == []
    assert await found(a_site, {}) == []
    assert await found(a_site, await details(kept)) == [shown]


async def test_tries_at_one_contact_are_few_whether_anybody_has_it_or_not(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    del a_report
    for reached in ("804 555 0100", "804 555 0199"):
        for n in range(5):
            wrong = await details(kept, reached=reached, name=f"Guess {n}")
            assert await found(a_site, wrong) == []
    assert await found(a_site, await details(kept)) == []
    locks = await kept.rows("select locked_until is not null from guesses order by 1")
    assert locks == [(False,), (True,), (True,)]


async def test_whom_a_search_could_endanger_is_never_found(
    a_site: httpx.AsyncClient, kept: Kept
) -> None:
    await file(a_site, contact=CONTACT | {"safe_to_contact": False})
    await file(a_site, contact={"name": CONTACT["name"], "phone": CONTACT["phone"]})
    await file(a_site, safety=CALM | {"weapon": "yes"})
    assert await kept.count("identifying_details") == 0
    assert await found(a_site, await details(kept)) == []


async def test_who_becomes_unsafe_to_reach_or_is_erased_is_found_no_more(
    a_site: httpx.AsyncClient, kept: Kept
) -> None:
    report = await file(a_site)
    assert await found(a_site, await details(kept))
    await a_site.put(f"{report.place}/contact-rules", json={"call": "no"}, headers=report.pass_)
    assert await found(a_site, await details(kept)) == []
    other = await file(a_site)
    unsafe = {"contact": {"phone": "1", "safe_to_contact": False}, "safety": CALM}
    third = await file(a_site)
    await a_site.post(f"{third.place}/supplements", json=unsafe, headers=third.pass_)
    assert (await found(a_site, await details(kept)))[0]["report_number"] == other.number
    await kept.rows("update subject_keys set wrapped = null, destroyed_at = now()")
    assert await found(a_site, await details(kept)) == []
