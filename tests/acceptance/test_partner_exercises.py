"""A partner's drill goes the whole way, and is nowhere taken for what happens for real."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4  # noqa: TID251 - a partner of this test's own

from tests.acceptance.installation import wait_for
from tests.acceptance.test_partners import reports_of

if TYPE_CHECKING:
    from tests.acceptance.installation import Installed

DANGER = {
    "type": "noise",
    "description": "a drill on the pier",
    "occurred": {"from": "2026-03-01T02:15:00-05:00"},
    "location": {"latitude": 37.3771, "longitude": -77.505},
    "safety": {"weapon": "yes", "happening_now": "yes"},
}


def counted(here: Installed) -> tuple[dict[str, int], int]:
    with here.client() as client:
        found = client.get("/api/v1/views/workload").json()
    return found["totals"], sum(item["open_calls"] for item in found["items"])


def send(here: Installed, partner: str, token: str, purpose: str) -> dict[str, Any]:
    event = {
        "specversion": "1.0",
        "id": "drill",
        "source": f"/partners/{partner}",
        "type": "partner.call-shed.v1",
        "purpose": purpose,
        "data": DANGER | {"call": {"called_at": "2026-03-01T02:20:00-05:00"}},
    }
    with here.client(authorization=f"Bearer {token}") as client:
        answer = client.post(
            "/api/v1/partner/events",
            json=[event],
            headers={
                "content-type": "application/cloudevents-batch+json",
            },
        )
    (told,) = answer.json()["events"]
    return dict(told)


def transfers(here: Installed) -> str:
    with here.client() as client:
        board = client.get("/console").text
    found = re.search(r'id="transfers".*?</section>', board, re.S)
    return found[0] if found else ""


def test_a_drill_is_not_counted_alarms_nobody_and_joins_no_real_call(
    a_running_installation: Installed,
) -> None:
    here, partner = a_running_installation, f"p{uuid4().hex[:6]}"
    made = json.loads(here.command("partner", "add", partner, "--json"))
    here.settle()
    before = counted(here)
    drill = send(here, partner, made["exercise_token"], "exercise")
    assert (drill["purpose"], drill["emergency"]["outcome"]) == ("exercise", "divert")
    wait_for(lambda: reports_of(here, partner), "the drill")
    here.settle()
    assert counted(here) == before
    assert drill["report_number"] not in transfers(here)
    with here.client() as client:
        page = client.get(f"/console/calls/{drill['report_number']}").text
        assert "purpose exercise" in page
        assert '<b class="tag">exercise</b>' in client.get("/console").text

    real = send(here, partner, made["token"], "live")
    assert real["report_number"] != drill["report_number"]
    wait_for(lambda: len(reports_of(here, partner)) == 2, "the real one")
    here.settle()
    totals, open_calls = counted(here)
    assert (totals["reports"], open_calls) == (before[0]["reports"] + 1, before[1] + 1)
    assert len({row["call_number"] for row in reports_of(here, partner)}) == 2
    shown = transfers(here)
    assert real["report_number"] in shown
    assert drill["report_number"] not in shown
    assert "first called" in shown


def test_tokens_are_shown_once_and_end(a_running_installation: Installed) -> None:
    here, partner = a_running_installation, f"p{uuid4().hex[:6]}"
    made = json.loads(here.command("partner", "add", partner, "--json"))
    assert here.command("partner", "add", partner, check=False) == ""
    new = here.command("partner", "rotate", partner, "--overlap-hours", "0").strip()
    assert "purpose" not in send_refused(here, made["token"])
    listed = here.command("partner", "list", "--json")
    assert made["token"] not in listed
    (found,) = [each for each in json.loads(listed) if each["name"] == partner]
    assert {token["exercise_only"] for token in found["tokens"]} == {True, False}
    here.command("partner", "revoke", partner)
    assert "/problems/partner-token" in send_refused(here, new)


def send_refused(here: Installed, token: str) -> str:
    with here.client(authorization=f"Bearer {token}") as client:
        answer = client.post("/api/v1/partner/events", json={})
    assert answer.status_code == 401
    return answer.text
