"""Who reads is recorded before the answer; what is personal stays masked until it is revealed."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import orjson
import psycopg
import pytest

from services.local.installation import Installation
from tests.acceptance.installation import wait_for
from tests.acceptance.test_the_way_of_a_report import CALM, filed, signed_in, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.installation import Installed

NAME, PHONE, EMAIL = "Wilhelmina Quist", "804-555-0142", "w.quist@example.org"
STORY = "My neighbour Balthazar keeps the stolen lawn gnomes in his shed"
PERSONAL = (NAME, PHONE, EMAIL, STORY, "Balthazar")
CONTACT = {"name": NAME, "phone": PHONE, "email": EMAIL, "safe_to_contact": False}


@pytest.fixture
def caller(a_running_installation: Installed) -> Iterator[httpx.Client]:
    """Somebody without any account."""
    with httpx.Client(base_url=a_running_installation.url, timeout=30) as client:
        yield client


@pytest.fixture
def staff(a_running_installation: Installed) -> Iterator[httpx.Client]:
    """An administrator's client."""
    with a_running_installation.client() as client:
        yield client


@pytest.fixture
def a_call(caller: httpx.Client, staff: httpx.Client) -> str:
    """The number of a call with a narrative and a contact."""
    report = filed(caller, type="theft", description=STORY, contact=CONTACT)
    status_of(staff, report["report_number"])
    return str(report["report_number"])


@contextmanager
def a_token(installed: Installed, role: str) -> Iterator[httpx.Client]:
    """A client with a token of its own, so a session that has read nothing."""
    token = installed.command("token", "--role", role, "--label", f"{role}-program").strip()
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=installed.url, headers=headers, timeout=30) as client:
        yield client


def access_events(installed: Installed, kind: str = "%") -> list[dict[str, Any]]:
    """What is committed of access, at once: not what has reached the ledger."""
    with psycopg.connect(installed.database_url) as connection:
        rows = connection.execute(
            "select body from access.events where type like %s order by recorded_at",
            [f"access.{kind}.v1"],
        ).fetchall()
    return [orjson.loads(bytes(row[0])) for row in rows]


def views_of(installed: Installed, number: str) -> list[dict[str, Any]]:
    viewed = access_events(installed, "case-viewed")
    return [each for each in viewed if each["data"]["number"] == number]


def page(browser: httpx.Client, number: str) -> str:
    answer = browser.get(f"/console/calls/{number}")
    assert answer.status_code == 200, answer.text
    return answer.text


def csrf_of(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found
    return found.group(1)


def reveal(browser: httpx.Client, number: str, *fields: str, **form: str) -> httpx.Response:
    sent = {"csrf": csrf_of(page(browser, number)), "reason": "investigation"} | form
    return browser.post(
        f"/console/calls/{number}/reveal",
        data=sent | {"field": list(fields)},
        follow_redirects=False,
    )


def shown(html: str) -> set[str]:
    """Which of the personal values are on the page."""
    return {value for value in PERSONAL if value in html}


def who_read(client: httpx.Client, number: str, did: str) -> list[dict[str, Any]]:
    """The reads of a record, once one of that kind has reached the ledger."""

    def there() -> list[dict[str, Any]] | None:
        answer = client.get("/api/v1/audit/who-read", params={"number": number})
        items = answer.json()["items"]
        return items if any(item["did"] == did for item in items) else None

    return list(wait_for(there, f"a read of {number} that {did}"))


def test_a_record_viewed_twice_in_one_session_is_one_read_and_another_session_another(
    a_running_installation: Installed, a_call: str
) -> None:
    before = len(views_of(a_running_installation, a_call))
    with signed_in(a_running_installation, "officer") as browser:
        page(browser, a_call)
        page(browser, a_call)
    assert len(views_of(a_running_installation, a_call)) == before + 1
    with signed_in(a_running_installation, "officer") as browser:
        page(browser, a_call)
    views = views_of(a_running_installation, a_call)
    assert len(views) == before + 2
    assert {view["actor"] for view in views[before:]} == {"officer"}
    assert len({view["subject"] for view in views[before:]}) == 2


def test_a_token_reads_a_record_once_a_day_through_each_service(
    a_running_installation: Installed, a_call: str
) -> None:
    before = len(views_of(a_running_installation, a_call))
    with a_token(a_running_installation, "officer") as program:
        for _ in range(3):
            program.get("/api/v1/views/case-status", params={"report_number": a_call})
            program.get(f"/api/v1/reports/{a_call}/personal")
            program.get(f"/api/v1/cases/{a_call}")
    services = [view["subject"].split("-")[1] for view in views_of(a_running_installation, a_call)]
    assert services[before:] == ["projections", "casework"]


def test_a_listing_is_one_read_a_page(a_running_installation: Installed, a_call: str) -> None:
    with a_token(a_running_installation, "analyst") as program:
        for _ in range(2):
            program.get("/api/v1/views/case-status", params={"limit": 1})
    listings = access_events(a_running_installation, "listing-viewed")
    mine = [each for each in listings if each["actor"] == "analyst-program"]
    assert [each["data"]["count"] for each in mine] == [1]
    assert a_call not in orjson.dumps(mine).decode()


@pytest.mark.parametrize("role", ["officer", "supervisor", "analyst", "auditor", "administrator"])
def test_no_role_sees_personal_values_that_were_not_revealed(
    a_running_installation: Installed, a_call: str, role: str
) -> None:
    with signed_in(a_running_installation, role) as browser:
        html = page(browser, a_call)
        personal = browser.get(f"/api/v1/reports/{a_call}/personal").text
    assert shown(html) == shown(personal) == set()
    assert "••• 42" in html
    assert "safe to contact: False" in html


def test_what_is_revealed_is_committed_before_the_answer_and_shown_to_that_session_alone(
    a_running_installation: Installed, a_call: str
) -> None:
    with (
        signed_in(a_running_installation, "officer") as browser,
        signed_in(a_running_installation, "officer") as other,
    ):
        answer = reveal(browser, a_call, "contact", explanation=f"call back {NAME}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/console/calls/{a_call}")
        event = access_events(a_running_installation, "personal-data-revealed")[-1]
        assert event["data"]["number"] == a_call
        assert event["data"]["fields"] == ["contact"]
        assert set(event["data"]["explanation"]) == {"subject", "sealed"}
        html = page(browser, a_call)
        assert shown(html) == {NAME, PHONE, EMAIL}
        assert "Personal details are in the clear" in html
        assert shown(page(other, a_call)) == set()


def test_what_arrives_after_a_reveal_stays_masked(
    a_running_installation: Installed, staff: httpx.Client, a_call: str
) -> None:
    with signed_in(a_running_installation, "supervisor") as browser:
        reveal(browser, a_call, "statement", "note")
        seen = {"If-Match": staff.get(f"/api/v1/cases/{a_call}").headers["etag"]}
        note = {"note": "spoke to Cornelius Vane"}
        assert staff.post(f"/api/v1/cases/{a_call}/notes", json=note, headers=seen).is_success
        wait_for(lambda: "casework.note-added" in page(browser, a_call), "the note")
        html = page(browser, a_call)
    assert STORY in html
    assert "Cornelius" not in html


@pytest.mark.parametrize(
    ("role", "fields", "form", "status"),
    [
        ("analyst", ["contact"], {}, 403),
        ("auditor", ["statement", "contact"], {}, 403),
        ("officer", ["pin_hash"], {}, 403),
        ("officer", [], {}, 422),
        ("officer", ["contact"], {"reason": "because"}, 422),
        ("officer", ["contact"], {"reason": "other"}, 422),
        ("officer", ["contact"], {"explanation": "x" * 501}, 422),
        ("officer", ["note"], {}, 409),
        ("officer", ["contact"], {"csrf": "forged"}, 403),
    ],
)
def test_a_reveal_that_is_refused_shows_and_records_nothing(
    a_running_installation: Installed,
    a_call: str,
    role: str,
    fields: list[str],
    form: dict[str, str],
    status: int,
) -> None:
    before = access_events(a_running_installation, "personal-data-revealed")
    with signed_in(a_running_installation, role) as browser:
        assert reveal(browser, a_call, *fields, **form).status_code == status
        assert shown(page(browser, a_call)) == set()
    assert access_events(a_running_installation, "personal-data-revealed") == before


def test_a_program_reveals_with_its_token(a_running_installation: Installed, a_call: str) -> None:
    body = {"fields": ["statement"], "reason": "records-request"}
    with a_token(a_running_installation, "auditor") as program:
        answer = program.post(f"/api/v1/reports/{a_call}/reveal", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert shown(answer.text) == {STORY, "Balthazar"}
        assert shown(program.get(f"/api/v1/reports/{a_call}/personal").text) == shown(answer.text)
    with signed_in(a_running_installation, "officer") as browser:
        assert browser.post(f"/api/v1/reports/{a_call}/reveal", json=body).status_code == 403


def test_who_read_lists_the_reads_in_order_for_those_who_audit(
    a_running_installation: Installed, caller: httpx.Client, staff: httpx.Client, a_call: str
) -> None:
    with signed_in(a_running_installation, "officer") as browser:
        page(browser, a_call)
        reveal(browser, a_call, "contact", reason="other", explanation="to give the gnomes back")
    with a_token(a_running_installation, "auditor") as auditor:
        items = who_read(auditor, a_call, "revealed")
        officers = [item for item in items if item["who"] == "officer"]
        assert [item["did"] for item in officers] == ["viewed", "revealed"]
        assert items == sorted(items, key=lambda item: item["read_at"])
        assert officers[1]["fields"] == ["contact"]
        assert officers[1]["explanation"] == "to give the gnomes back"
        again = who_read(auditor, a_call, "revealed")
        assert len(again) == len(items)  # reading the audit is no read of the case
    printed = a_running_installation.command("audit", "who-read", a_call, "--json")
    assert [item["did"] for item in orjson.loads(printed)["items"]] == [i["did"] for i in items]
    with signed_in(a_running_installation, "supervisor") as browser:
        assert "to give the gnomes back" in page(browser, a_call)
    with signed_in(a_running_installation, "officer") as browser:
        assert "Who has read it" not in page(browser, a_call)
        assert "gnomes back" not in page(browser, a_call)
    with a_token(a_running_installation, "officer") as officer:
        place = "/api/v1/audit/who-read"
        assert officer.get(place, params={"number": a_call}).status_code == 403
        assert caller.get(place, params={"number": a_call}).status_code == 401
    assert staff.get("/api/v1/audit/who-read", params={"number": "0"}).status_code == 404


def test_the_board_and_its_refreshes_are_no_reads(
    a_running_installation: Installed, caller: httpx.Client
) -> None:
    with signed_in(a_running_installation, "dispatcher") as browser:
        before = access_events(a_running_installation)
        with browser.stream("GET", "/console/live") as live:
            lines = live.iter_lines()
            number = filed(caller, type="noise", description="bass")["report_number"]
            assert any(number in line for line in lines)
        browser.get("/console")
    assert access_events(a_running_installation) == before


def test_signing_in_out_and_failing_to_are_recorded_without_what_was_typed(
    a_running_installation: Installed, caller: httpx.Client
) -> None:
    with signed_in(a_running_installation, "calltaker") as browser:
        html = browser.get("/console").text
        browser.post("/console/sign-out", data={"csrf": csrf_of(html)})
    started, ended = access_events(a_running_installation, "signed%")[-2:]
    assert (started["type"], ended["type"]) == ("access.signed-in.v1", "access.signed-out.v1")
    assert started["subject"] == ended["subject"]
    assert started["data"] == {"role": "calltaker", "method": "development-password"}
    typed = {"account": "hunter2-in-the-wrong-box", "password": "s3cret-typed"}
    assert caller.post("/console/sign-in", data=typed).status_code == 403
    assert caller.post("/console/sign-in", data=typed | {"account": "officer"}).status_code == 403
    unknown, known = access_events(a_running_installation, "sign-in-refused")[-2:]
    assert (unknown["data"]["reason"], known["data"]["reason"]) == (
        "unknown-account",
        "wrong-password",
    )
    assert known["data"]["account"] == "officer"
    stored = orjson.dumps(access_events(a_running_installation)).decode()
    password = Installation(a_running_installation.data).development_password()
    assert not [each for each in (*typed.values(), password) if each in stored]


def test_the_secret_of_a_session_is_nowhere_in_what_is_recorded(
    a_running_installation: Installed, a_call: str
) -> None:
    with signed_in(a_running_installation, "officer") as browser:
        page(browser, a_call)
        secret = browser.cookies["blotter_session"]
    stored = orjson.dumps(access_events(a_running_installation)).decode()
    assert secret not in stored
    UUID(views_of(a_running_installation, a_call)[-1]["subject"].split("-", 2)[2])


def test_an_emergency_that_waits_is_shown_even_when_reads_cannot_be_recorded(
    a_running_installation: Installed, caller: httpx.Client, staff: httpx.Client, a_call: str
) -> None:
    report = filed(caller, description="he has a knife", safety=CALM | {"weapon": "yes"})
    status_of(staff, report["report_number"])
    with (
        signed_in(a_running_installation, "dispatcher") as browser,
        psycopg.connect(a_running_installation.database_url) as blocking,
    ):
        blocking.execute("lock table access.events in exclusive mode")
        assert report["report_number"] in browser.get("/console").text
        assert "Record" in page(browser, report["report_number"])
        with pytest.raises(httpx.ReadTimeout):
            browser.get(f"/console/calls/{a_call}", timeout=2)
        blocking.rollback()
        page(browser, a_call)


def test_the_reporting_party_follows_its_report_as_before(
    a_running_installation: Installed, caller: httpx.Client
) -> None:
    report = filed(caller, type="noise", description=STORY)
    before = access_events(a_running_installation)
    place = f"/api/v1/reports/{report['report_number']}"
    assert caller.get(place, headers={"Report-Pin": report["pin"]}).status_code == 200
    form = {"report_number": report["report_number"], "pin": report["pin"]}
    assert caller.post("/reports", data=form).status_code == 200
    assert access_events(a_running_installation) == before
