"""An auditor replays a record: here and over HTTP the same answer, recorded, values masked."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.acceptance.installation import BLOTTER, wait_for
from tests.acceptance.test_reads_are_events import CONTACT, PERSONAL, STORY, a_token, access_events
from tests.acceptance.test_the_way_of_a_report import filed, status_of
from tests.blotter_command import blotter

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.acceptance.installation import Installed


@pytest.fixture
def auditor(a_running_installation: Installed) -> Iterator[httpx.Client]:
    """An auditor's client, in a session of its own."""
    with a_token(a_running_installation, "auditor") as client:
        yield client


@pytest.fixture
def a_number(a_running_installation: Installed) -> str:
    """The report number of a call with a narrative and a contact."""
    with a_running_installation.client() as staff:
        report = filed(staff, type="theft", description=STORY, contact=CONTACT)
        status_of(staff, report["report_number"])
    return str(report["report_number"])


def run(
    installed: Installed, *arguments: str, elsewhere: httpx.Client | None = None
) -> tuple[int, str, str]:
    """`blotter audit …` beside the database, or with the address and token of a client."""
    environment, place = dict(os.environ), ["--data", str(installed.data)]
    if elsewhere:
        token = elsewhere.headers["authorization"].removeprefix("Bearer ")
        environment |= {"BLOTTER_URL": installed.url, "BLOTTER_TOKEN": token}
        place = []
    done = blotter("audit", *arguments, *place, environment=environment)
    return done.returncode, done.stdout, done.stderr


def replays(installed: Installed, number: str) -> list[dict[str, Any]]:
    events = access_events(installed, "replay-run")
    return [each for each in events if each["data"].get("number") == number]


def test_here_and_over_http_the_same_is_shown_and_recorded(
    a_running_installation: Installed, auditor: httpx.Client, a_number: str
) -> None:
    here = run(a_running_installation, "show", a_number, "--json")
    there = run(a_running_installation, "show", a_number, "--json", elsewhere=auditor)
    assert (here[0], there[0]) == (0, 0), here[2] + there[2]
    local, remote = orjson.loads(here[1]), orjson.loads(there[1])
    assert local["states"] == remote["states"]
    assert local["events"] == remote["events"]
    assert not [value for value in PERSONAL if value in here[1] + there[1]]
    recorded = replays(a_running_installation, a_number)
    assert {each["data"]["role"] for each in recorded} == {"operator", "auditor"}
    assert {each["data"]["replay"] for each in recorded} == {"show"}


def test_history_tells_every_event_and_follow_waits_for_more(
    a_running_installation: Installed, auditor: httpx.Client, a_number: str
) -> None:
    code, out, wrong = run(a_running_installation, "history", a_number, "--json")
    assert code == 0, wrong
    types = [each["type"] for each in orjson.loads(out)["items"]]
    assert types[:3] == [
        "intake.report-submitted.v1",
        "triage.report-triaged.v1",
        "casework.call-opened.v1",
    ]
    data = str(a_running_installation.data)
    following = subprocess.Popen(
        [str(BLOTTER), "audit", "history", a_number, "--follow", "--json", "--data", data],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert following.stdout
        told = [orjson.loads(following.stdout.readline()) for _ in types]
        with a_running_installation.client() as staff:
            place = f"/api/v1/cases/{a_number}"
            version = staff.get(place).json()["version"]
            done = staff.post(
                f"{place}/review",
                json={"outcome": "returned"},
                headers={"If-Match": f'"{version}"'},
            )
            assert done.is_success, done.text
        told.append(orjson.loads(following.stdout.readline()))
        assert [each["type"] for each in told] == [*types, "casework.case-reviewed.v1"]
    finally:
        following.kill()
        following.communicate()


def test_a_moment_that_cannot_be_shown_is_exit_2_and_says_why(
    a_running_installation: Installed, auditor: httpx.Client, a_number: str
) -> None:
    for elsewhere in (None, auditor):
        for arguments, words in (
            (["--as-of-position", "999999999"], "known through position"),
            (["--recorded-as-of", "2026-01-01T10:00:00"], "needs its offset"),
        ):
            code, _, said = run(
                a_running_installation, "show", a_number, *arguments, elsewhere=elsewhere
            )
            assert (code, words in said) == (2, True), said
    assert replays(a_running_installation, a_number) == []


def test_an_unknown_number_is_exit_2(
    a_running_installation: Installed, auditor: httpx.Client
) -> None:
    for verb, elsewhere in (("show", None), ("show", auditor), ("history", None)):
        code, _, said = run(a_running_installation, verb, "nobody's", elsewhere=elsewhere)
        assert (code, "no report, call or case" in said) == (2, True), said


def test_only_readers_of_the_audit_replay(a_running_installation: Installed, a_number: str) -> None:
    with a_token(a_running_installation, "officer") as officer:
        for verb in ("show", "history"):
            answer = officer.get(f"/api/v1/audit/{verb}", params={"number": a_number})
            assert answer.status_code == 403
        assert officer.get(f"/console/audit/{a_number}").status_code == 403
        code, _, said = run(a_running_installation, "show", a_number, elsewhere=officer)
    assert (code, "may not" in said) == (2, True)
    assert replays(a_running_installation, a_number) == []


def test_a_look_at_the_slider_and_at_a_proof_are_replays(
    a_running_installation: Installed, auditor: httpx.Client, a_number: str
) -> None:
    wait_for(lambda: auditor.get(f"/console/audit/{a_number}?event=3").is_success, "three events")
    page = auditor.get(f"/console/audit/{a_number}?event=1")
    first = page.text.partition("at ledger position ")[2].partition(",")[0]
    proof = auditor.get(f"/console/audit/{a_number}/proof/{first}")
    assert proof.status_code == 200, proof.text
    assert not [value for value in PERSONAL if value in page.text + proof.text]
    asked = [
        (each["data"]["replay"], each["data"].get("as_of"))
        for each in replays(a_running_installation, a_number)
    ]
    assert asked[-2:] == [("show", f"position {first}"), ("proof", None)]
