"""A report from the moment it is filed until it is closed, and the contract others rely on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from events.codec import decode
from events.triage import ReportTriaged
from services.local.installation import Installation
from tests.acceptance.installation import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.installation import Installed

CALM = {
    "happening_now": "no",
    "injury": "no",
    "weapon": "no",
    "suspect_present": "no",
    "fire_smoke_gas": "no",
    "vulnerable_missing": "no",
    "self_harm": "no",
}


@pytest.fixture
def staff(a_running_installation: Installed) -> Iterator[httpx.Client]:
    """An administrator's client."""
    with a_running_installation.client() as client:
        yield client


@pytest.fixture
def caller(a_running_installation: Installed) -> Iterator[httpx.Client]:
    """Somebody without any account."""
    with httpx.Client(base_url=a_running_installation.url, timeout=30) as client:
        yield client


def filed(caller: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = caller.post("/api/v1/reports", json={"safety": CALM} | body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def status_of(staff: httpx.Client, number: str, *, status: str = "open") -> dict[str, Any]:
    """The row of a report in case status, once it has that status."""

    def there() -> dict[str, Any] | None:
        items = staff.get("/api/v1/views/case-status", params={"report_number": number}).json()
        rows = [item for item in items["items"] if item["status"] == status]
        return rows[0] if rows else None

    return dict(wait_for(there, f"{number} to be {status}"))


def test_a_filed_report_is_triaged_and_becomes_a_call_for_service(
    caller: httpx.Client, staff: httpx.Client
) -> None:
    report = filed(
        caller,
        type="theft",
        description="bicycle gone",
        location={"latitude": 37.41, "longitude": -77.55},
    )
    assert report["emergency"]["outcome"] == "none"
    row = status_of(staff, report["report_number"])
    assert (row["type"], row["desk"], row["district"]) == ("theft", "property", "dale")
    assert row["call_number"] == report["report_number"]
    assert row["case_number"] is None


def test_a_second_reporter_gets_an_own_number_in_the_same_call(
    caller: httpx.Client, staff: httpx.Client
) -> None:
    place = {"latitude": 37.3812345, "longitude": -77.5812345}
    first = filed(caller, type="vandalism", description="broken fence", location=place)
    status_of(staff, first["report_number"])
    second = filed(caller, type="vandalism", description="the fence is broken", location=place)
    row = status_of(staff, second["report_number"])
    assert second["report_number"] != first["report_number"]
    assert (row["call_number"], row["reports"]) == (first["report_number"], 2)


def test_an_emergency_is_told_to_call_and_waits_on_the_console(
    caller: httpx.Client, a_running_installation: Installed
) -> None:
    report = filed(caller, description="he has a knife", safety=CALM | {"weapon": "yes"})
    assert report["emergency"]["outcome"] == "divert"
    assert "9-1-1" in report["emergency"]["instruction"]
    with signed_in(a_running_installation) as browser:
        page = browser.get("/console").text
    assert report["report_number"] in page


@contextmanager
def signed_in(installed: Installed, account: str = "supervisor") -> Iterator[httpx.Client]:
    """A browser of that account."""
    password = Installation(installed.data).development_password()
    with httpx.Client(base_url=installed.url, timeout=30, follow_redirects=True) as browser:
        browser.post("/console/sign-in", data={"account": account, "password": password})
        yield browser


def test_silence_about_danger_is_asked_about(caller: httpx.Client) -> None:
    answer = caller.post("/api/v1/reports", json={"description": "something happened"})
    assert answer.json()["emergency"]["outcome"] == "confirm"


def test_bad_facts_are_kept_with_warnings_and_the_emergency_is_still_seen(
    caller: httpx.Client,
) -> None:
    nowhere = {"latitude": 999, "longitude": 0}
    report = filed(caller, description="x", location=nowhere, safety={"weapon": "yes"})
    assert report["emergency"]["outcome"] == "divert"
    assert any(warning.startswith("location.latitude") for warning in report["warnings"])


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b'{"latitude": 999, "weapon": "yes"', "application/json", 400),
        (b'["weapon"]', "application/json", 400),
        (b'{"safety": {"weapon": "yes"}}', "application/json", 422),
        (b'{"weapon": "yes", "description": "' + b"x" * 40_000 + b'"}', "application/json", 413),
        (b'{"weapon": "yes"}', "text/csv", 415),
        (b"\xff\xfe\x00", "application/json", 400),
    ],
)
def test_what_cannot_be_read_is_a_problem_that_still_says_what_to_do(
    caller: httpx.Client, body: bytes, media_type: str, status: int
) -> None:
    answer = caller.post("/api/v1/reports", content=body, headers={"content-type": media_type})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    expected = "divert" if b'"weapon": "yes"' in body else "confirm"
    assert answer.json()["emergency"]["outcome"] == expected


def test_a_repeated_request_is_one_report(caller: httpx.Client) -> None:
    key = {"Idempotency-Key": "the same"}
    body = {"description": "only once"}
    answers = [caller.post("/api/v1/reports", json=body, headers=key).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    other = caller.post("/api/v1/reports", json={"description": "another"}, headers=key)
    assert other.status_code == 422
    assert other.json()["emergency"]["outcome"] == "confirm"


def test_the_reporting_party_follows_with_number_and_pin(
    caller: httpx.Client, staff: httpx.Client
) -> None:
    report = filed(caller, type="noise", description="music")
    status_of(staff, report["report_number"])
    place = f"/api/v1/reports/{report['report_number']}"
    found = caller.get(place, headers={"Report-Pin": report["pin"]}).json()
    assert found["status"] == "waiting for review"
    assert found["timeline"][0]["step"] == "received"
    wrong = caller.get(place, headers={"Report-Pin": "not it"})
    unknown = caller.get("/api/v1/reports/000-000-000", headers={"Report-Pin": "123456"})
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert caller.get(report["status_url"]).status_code == 200


def test_ten_wrong_pins_lock_the_report(caller: httpx.Client) -> None:
    report = filed(caller, description="guess")
    place = f"/api/v1/reports/{report['report_number']}"
    for guess in range(10):
        caller.get(place, headers={"Report-Pin": f"wrong{guess}"})
    assert caller.get(place, headers={"Report-Pin": report["pin"]}).status_code == 404


def test_staff_work_a_call_to_its_end(caller: httpx.Client, staff: httpx.Client) -> None:
    number = filed(caller, type="burglary", description="shed opened")["report_number"]
    status_of(staff, number)
    case = f"/api/v1/cases/{number}"

    def command(verb: str, body: dict[str, Any]) -> httpx.Response:
        seen = staff.get(case).headers["etag"]
        return staff.post(f"{case}/{verb}", json=body, headers={"If-Match": seen})

    assert command("review", {"outcome": "accepted"}).status_code == 200
    assert command("assign", {"officer": "officer-7"}).status_code == 200
    assert command("notes", {"note": "spoke to the neighbour"}).status_code == 200
    assert command("resolve", {"dispositions": ["report-taken"]}).status_code == 200
    row = status_of(staff, number, status="resolved")
    assert (row["officer"], row["dispositions"]) == ("officer-7", ["report-taken"])
    assert row["case_number"].startswith("26-") or row["case_number"]
    refused = command("assign", {"officer": "officer-8"})
    assert (refused.status_code, refused.json()["detail"]) == (409, "Expected: an open call.")


def test_a_command_is_given_against_the_version_that_was_seen(
    caller: httpx.Client, staff: httpx.Client
) -> None:
    number = filed(caller, type="theft", description="ladder")["report_number"]
    status_of(staff, number)
    place = f"/api/v1/cases/{number}/assign"
    body = {"officer": "officer-1"}
    assert staff.post(place, json=body).status_code == 428
    assert staff.post(place, json=body, headers={"If-Match": '"1"'}).status_code == 200
    stale = staff.post(place, json={"officer": "x"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["current_version"]) == (412, 2)
    seen = {"If-Match": '"2"', "Idempotency-Key": "k1"}
    first = staff.post(place, json={"officer": "officer-2"}, headers=seen)
    again = staff.post(place, json={"officer": "officer-2"}, headers=seen)
    assert (first.json(), again.json()) == ({"version": 3}, {"version": 3})


def test_roles_decide_who_may_do_what(
    a_running_installation: Installed, caller: httpx.Client
) -> None:
    place = "/api/v1/views/workload"
    assert caller.get(place).status_code == 401
    token = a_running_installation.command("token", "--role", "analyst").strip()
    analyst = {"Authorization": f"Bearer {token}"}
    assert caller.get(place, headers=analyst).status_code == 200
    assert caller.get("/api/v1/audit/events", headers=analyst).status_code == 403
    review = caller.post("/api/v1/cases/1/review", json={"outcome": "accepted"}, headers=analyst)
    assert review.status_code == 403


def test_the_audit_api_gives_stored_events_in_ledger_order(
    caller: httpx.Client, staff: httpx.Client
) -> None:
    filed(caller, description="x")
    page = staff.get("/api/v1/audit/events", params={"after": -1, "limit": 5}).json()
    positions = [item["position"] for item in page["items"]]
    assert positions == list(range(len(positions)))
    assert page["items"][0]["event"]["specversion"] == "1.0"


def test_a_listing_is_read_page_by_page(caller: httpx.Client, staff: httpx.Client) -> None:
    for n in range(3):
        filed(caller, type="parking", description=f"car {n}")
    first = staff.get("/api/v1/views/case-status", params={"limit": 2})
    assert first.headers["link"].endswith('rel="next"')
    second = staff.get(
        "/api/v1/views/case-status", params={"limit": 2, "cursor": first.json()["next_cursor"]}
    )
    numbers = [i["report_number"] for page in (first, second) for i in page.json()["items"]]
    assert len(set(numbers)) == len(numbers)
    assert staff.get("/api/v1/views/case-status", params={"cursor": "x"}).status_code == 400


def test_status_names_every_station(a_running_installation: Installed) -> None:
    found = a_running_installation.status()
    names = {station["name"] for station in found["stations"]}
    assert {"web", "intake", "triage", "casework", "ledger", "view.case-status"} <= names
    assert {"name", "pid", "healthy", "lag_events", "lag_seconds"} <= set(found["stations"][0])
    assert found["ledger"]["holes"] == 0


def test_words_alone_give_the_type_and_find_the_first_report_of_the_incident(
    caller: httpx.Client, staff: httpx.Client, a_running_installation: Installed
) -> None:
    place = {"text": "410 Elm Rd", "latitude": 37.4021234, "longitude": -77.5021234}
    first = filed(
        caller,
        location=place,
        description="They took my bicycle from the porch rack overnight, the cable was cut",
    )
    status_of(staff, first["report_number"])
    second = filed(
        caller,
        location=place,
        description="a bicycle was taken from the porch rack here, somebody cut the cable",
    )
    row = status_of(staff, second["report_number"])
    assert (row["type"], row["desk"], row["call_number"]) == (
        "theft",
        "property",
        first["report_number"],
    )
    decisions = decisions_of(a_running_installation, first, second)
    assert [why.rule for each in decisions for why in each.reasons if why.of == "type"] == [
        "learned",
        "learned",
    ]
    # Others' reports in the same installation may be suggested besides.
    (link,) = [each for each in decisions[1].links if each.relation == "same"]
    assert link.report_number == first["report_number"]
    assert link.evidence["text"] > 0
    assert len(decisions[1].bundle or "") == 64


def decisions_of(installed: Installed, *reports: dict[str, Any]) -> list[ReportTriaged]:
    """Triage's decision about each of the reports, from its own events."""
    with psycopg.connect(installed.database_url) as connection:
        rows = connection.execute("select body from triage.events").fetchall()
    found = [decode(bytes(body)).data for (body,) in rows]
    made = {one.report_number: one for one in found if isinstance(one, ReportTriaged)}
    return [made[report["report_number"]] for report in reports]
