"""Following a report on a whole installation: what staff see of what its reporting party adds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx

from tests.acceptance.installation import wait_for
from tests.acceptance.test_the_way_of_a_report import filed, signed_in, status_of

if TYPE_CHECKING:
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
PICTURE = b"\xff\xd8\xff\xe0 a picture of a fence"


def test_a_report_is_added_to_attached_to_and_withdrawn_and_staff_see_it(
    a_running_installation: Installed,
) -> None:
    with (
        httpx.Client(base_url=a_running_installation.url, timeout=30) as caller,
        a_running_installation.client() as staff,
        signed_in(a_running_installation) as browser,
    ):
        follow(caller, staff, browser)


def follow(caller: httpx.Client, staff: httpx.Client, browser: httpx.Client) -> None:
    report = filed(caller, type="vandalism", description="paint on a fence", safety=CALM)
    number = report["report_number"]
    status_of(staff, number)
    place, pin = f"/api/v1/reports/{number}", {"Report-Pin": report["pin"]}
    more = {"description": "the paint was blue", "safety": CALM}
    assert caller.post(f"{place}/supplements", json=more, headers=pin).status_code == 201
    assert caller.post(f"{place}/attachments", content=PICTURE, headers=pin).status_code == 201
    rules = {"call": "no", "leave_message": "no", "write": "yes"}
    assert caller.put(f"{place}/contact-rules", json=rules, headers=pin).status_code == 200
    assert caller.post(f"{place}/withdrawal", json={"safety": CALM}, headers=pin).status_code == 200
    shown = caller.get(place, headers=pin).json()
    assert {"received", "assessed", "supplemented", "attached", "contact-rules", "withdrawn"} <= {
        step["code"] for step in shown["timeline"]
    }
    assert shown["expected"][-1]["code"] == "assigned"

    def page() -> str:
        text = browser.get(f"/console/calls/{number}").text
        return text if "was withdrawn by its reporting party" in text else ""

    seen = wait_for(page, "the record with what was added")
    assert "the paint was blue" not in seen
    assert "Leave a message: NO" in seen
    (link,) = re.findall(rf'href="({place}/attachments/[^"]+)"', seen)
    assert browser.get(link).content == PICTURE
