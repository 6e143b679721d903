"""Every page that a page of the console leads to answers, and every route that is published.

Tests beside the code read with the owner's login, who may do everything; here each service has
its own. Nothing is known of the pages but their links and search fields, so that a page which is
added is walked too.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.test_the_way_of_a_report import filed, status_of

if TYPE_CHECKING:
    import httpx

    from tests.acceptance.installation import Installed

LINK = re.compile(r'href="(/[^"#]*)')
SEARCH = re.compile(r"<form\b(?![^>]*method=.?post)[^>]*>(.*?)</form>", re.DOTALL | re.IGNORECASE)
ACTION = re.compile(r'action="([^"]*)"')
NUMBER_FIELD = re.compile(r'<input\b[^>]*name="number"')
ONE_OF_MANY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d[\d-]*")
OF_A_KIND = 2
"""Pages visited of those that differ only in a number."""
GIVEN = {
    "view": "case-status",
    "form": "json",
    "type_id": "theft",
    "service_code": "theft",
    "position": "1",
    "path": "0/000.p/1",
    "from": "1",
    "to": "2",
    "n": "3",
    "seed": "1",
}
"""What routes ask for beside the number of a record; anything else gets an id nobody has."""
NOBODY = "7d1c2f0e-0000-4000-8000-000000000000"


def _leads_to(page: str, path: str, number: str) -> set[str]:
    found = {unescape(link) for link in LINK.findall(page)}
    for form in SEARCH.finditer(page):
        if NUMBER_FIELD.search(form[1]):
            action = ACTION.search(form[0].partition(">")[0])
            found.add(
                f"{unescape(action[1]) if action else path.partition('?')[0]}?number={number}"
            )
    return {link for link in found if link.startswith("/console")}


def _walk(client: httpx.Client, number: str) -> dict[str, int]:
    """Every page reached from the board, with its status."""
    open_, seen, of_a_kind = (
        ["/console", f"/console/audit/{number}"],
        dict[str, int](),
        dict[str, int](),
    )
    while open_:
        path = open_.pop(0)
        kind = ONE_OF_MANY.sub("#", path)
        if path in seen or of_a_kind.get(kind, 0) >= OF_A_KIND:
            continue
        of_a_kind[kind] = of_a_kind.get(kind, 0) + 1
        answer = client.get(path, headers={"accept": "text/html"}, follow_redirects=True)
        seen[path] = answer.status_code
        if answer.headers.get("content-type", "").startswith("text/html"):
            open_ += sorted(_leads_to(answer.text, path, number))
    return seen


@pytest.mark.parametrize(
    "role", ["administrator", "auditor", "supervisor", "dispatcher", "officer"]
)
def test_every_page_that_a_page_leads_to_answers(
    a_running_installation: Installed, role: str
) -> None:
    with a_running_installation.client() as staff:
        report = filed(staff, type="theft", description="A rake is gone from the shed")
        number = str(report["report_number"])
        status_of(staff, number)
    token = a_running_installation.command("token", "--role", role, "--label", "walker").strip()
    with a_running_installation.client(authorization=f"Bearer {token}") as walker:
        seen = _walk(walker, number)
    allowed = {200} if role == "administrator" else {200, 403}
    assert {path: status for path, status in seen.items() if status not in allowed} == {}
    assert len(seen) >= 3


def test_no_route_fails_on_our_side(a_running_installation: Installed) -> None:
    with a_running_installation.client() as staff:
        report = filed(staff, type="theft", description="A rake is gone from the shed")
        number = str(report["report_number"])
        status_of(staff, number)
        given = GIVEN | {"number": number, "report_number": number, "service_request_id": number}
        answers = {
            route: _asked(staff, route, operation["get"].get("parameters", []), given)
            for route, operation in staff.get("/openapi.json").json()["paths"].items()
            if "get" in operation and not route.endswith("/live")
        }
    assert {route: status for route, status in answers.items() if status >= 500} == {}
    assert sum(status == 200 for status in answers.values()) > len(answers) / 2


def _asked(
    client: httpx.Client, route: str, parameters: list[dict[str, Any]], given: dict[str, str]
) -> int:
    """The status of a route's answer; a number is given also where one may be left out."""
    query = {
        each["name"]: given.get(each["name"], NOBODY)
        for each in parameters
        if each["in"] == "query" and (each.get("required") or each["name"] == "number")
    }
    path = re.sub(r"{(\w+)}", lambda name: given.get(name[1], NOBODY), route)
    with client.stream("GET", path, params=query) as answer:
        answer.read()
        return answer.status_code


@pytest.mark.parametrize("path", ["/console/live", "/console/rebuilds/live"])
def test_a_live_stream_is_refused_before_it_begins(
    a_running_installation: Installed, path: str
) -> None:
    with a_running_installation.client(authorization="Bearer nobody") as stranger:
        answer = stranger.get(path, headers={"accept": "application/json"})
    assert answer.status_code == 401
