"""Add, correct, withdraw: each once, each assessed, and nothing that was told is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from events.intake import ContactRulesStated, ReportSupplemented, ReportWithdrawn
from tests.integration.intake.following.conftest import CALM, Filed, file

if TYPE_CHECKING:
    import httpx

    from tests.integration.intake.following.conftest import Kept

MORE = {"description": "It was a blue spray can.", "safety": CALM}


async def test_what_is_added_stands_beside_what_was_told(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    added = await a_site.post(f"{a_report.place}/supplements", json=MORE, headers=a_report.pass_)
    assert added.status_code == 201
    assert added.json()["emergency"]["outcome"] == "none"
    wrong = MORE | {"description": "It was green.", "corrects": True}
    await a_site.post(f"{a_report.place}/supplements", json=wrong, headers=a_report.pass_)
    _first, second, third = await kept.events()
    assert isinstance(second, ReportSupplemented)
    assert isinstance(third, ReportSupplemented)
    assert (second.corrects, third.corrects) == (False, True)
    assert second.statement.value is not None
    assert second.statement.value.description == "It was a blue spray can."
    shown = (await a_site.get(a_report.place, headers=a_report.pass_)).json()
    codes = [step["code"] for step in shown["timeline"]]
    assert codes == ["received", "supplemented", "corrected"]
    assert next(step["code"] for step in shown["expected"]) == "assessed"
    assert "green" not in str(shown)


async def test_the_same_command_twice_is_one_addition(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    headers = a_report.pass_ | {"Idempotency-Key": "once"}
    answers = [
        (await a_site.post(f"{a_report.place}/supplements", json=MORE, headers=headers)).json()
        for _ in range(3)
    ]
    assert answers[0] == answers[1] == answers[2]
    assert await kept.count("events") == 2
    other = await a_site.post(
        f"{a_report.place}/supplements", json=MORE | {"description": "else"}, headers=headers
    )
    assert other.status_code == 422
    withdrawal = await a_site.post(f"{a_report.place}/withdrawal", json=MORE, headers=headers)
    assert withdrawal.status_code == 422
    assert await kept.count("events") == 2


async def test_many_at_once_are_all_kept_and_a_shared_key_is_one(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    def send(number: int, key: str) -> Any:
        body = MORE if key == "shared" else MORE | {"description": f"fact {number}"}
        headers = a_report.pass_ | {"Idempotency-Key": key}
        return a_site.post(f"{a_report.place}/supplements", json=body, headers=headers)

    asked = [send(n, f"key {n}") for n in range(8)] + [send(n, "shared") for n in range(8)]
    answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} == {201}
    said = [e.statement.value for e in await kept.events() if isinstance(e, ReportSupplemented)]
    words = sorted(each.description or "" for each in said if each)
    assert words == sorted(["It was a blue spray can.", *(f"fact {n}" for n in range(8))])


@pytest.mark.parametrize(
    "danger",
    [
        {"safety": CALM | {"weapon": "yes"}, "description": "He came back."},
        {"safety": CALM, "description": "he is back right now and he has a gun"},
        {"safety": CALM, "description": "mi casa se está quemando ahora mismo"},
    ],
)
@pytest.mark.parametrize("verb", ["supplements", "withdrawal"])
async def test_an_emergency_in_an_addition_is_said_and_handed_over(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept, verb: str, danger: dict[str, Any]
) -> None:
    answer = await a_site.post(f"{a_report.place}/{verb}", json=danger, headers=a_report.pass_)
    assert answer.json()["emergency"]["outcome"] == "divert"
    (offered,) = await kept.rows("select report_number, type, latitude, purpose from handoffs")
    assert offered == (a_report.number, "vandalism", 37.37, "live")
    assert await kept.rows("select shown from reports") == [(False,)]
    assert await kept.count("identifying_details") == 0


async def test_an_emergency_is_said_to_whoever_writes_it_and_a_guesser_learns_nothing_else(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    danger = {"safety": CALM | {"weapon": "yes"}, "description": "he has a gun"}
    wrong = await a_site.post(
        f"{a_report.place}/supplements", json=danger, headers={"Report-Pin": "000000"}
    )
    unknown = await a_site.post(
        "/api/v1/reports/000-000-000/supplements", json=danger, headers={"Report-Pin": "1"}
    )
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert wrong.status_code == 404
    assert wrong.json()["emergency"]["outcome"] == "divert"
    assert await kept.count("events") == 1
    assert await kept.count("handoffs") == 0


async def test_a_withdrawal_is_one_event_and_takes_back_no_hand_off(
    a_site: httpx.AsyncClient, kept: Kept
) -> None:
    report = await file(a_site, safety=CALM | {"weapon": "yes"})
    for _ in range(3):
        answer = await a_site.post(
            f"{report.place}/withdrawal", json={"safety": CALM}, headers=report.pass_
        )
        assert answer.status_code == 200
    events = await kept.events()
    assert sum(isinstance(event, ReportWithdrawn) for event in events) == 1
    assert await kept.rows("select acknowledged_at from handoffs") == [(None,)]
    shown = (await a_site.get(report.place, headers=report.pass_)).json()
    assert shown["withdrawn"]
    more = await a_site.post(f"{report.place}/supplements", json=MORE, headers=report.pass_)
    assert more.status_code == 201


async def test_only_a_plain_yes_makes_a_way_of_contact_safe(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    place = f"{a_report.place}/contact-rules"
    assert (await a_site.get(place, headers=a_report.pass_)).json() == {"rules": None}
    given = {"call": "yes", "leave_message": "perhaps", "hours_from": "9:00", "hours_to": "17:00"}
    for _ in range(2):
        answer = await a_site.put(place, json=given, headers=a_report.pass_)
        assert len(answer.json()["warnings"]) == 2
    rules = (await a_site.get(place, headers=a_report.pass_)).json()["rules"]
    assert (rules["call"], rules["leave_message"], rules["write"]) == ("no", "unsure", "unsure")
    assert sum(isinstance(e, ContactRulesStated) for e in await kept.events()) == 1


async def test_nothing_is_added_where_personal_data_was_erased(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    await kept.rows("update subject_keys set wrapped = null, destroyed_at = now()")
    danger = {"description": "he has a gun", "safety": CALM | {"weapon": "yes"}}
    answer = await a_site.post(f"{a_report.place}/supplements", json=danger, headers=a_report.pass_)
    assert answer.status_code == 410
    assert answer.json()["emergency"]["outcome"] == "divert"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{}", 422),
        (b"\xff\xfe", 400),
        (b'{"x": 1}', 201),
        (b'{"description": "' + b"x" * 40_000 + b'"}', 413),
    ],
)
async def test_odd_bodies_are_problems_or_kept(
    a_site: httpx.AsyncClient, a_report: Filed, body: bytes, status: int
) -> None:
    headers = a_report.pass_ | {"content-type": "application/json"}
    answer = await a_site.post(f"{a_report.place}/supplements", content=body, headers=headers)
    assert answer.status_code == status
    assert "outcome" in answer.json()["emergency"]
