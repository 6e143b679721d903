"""A rebuild in a running installation: asked for in three ways, killed, switched, undone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from events.access import ReplayRun
from events.codec import decode
from services.local.installation import Installation
from tests.acceptance.checks import broken_invariants, missing_reports
from tests.acceptance.installation import installed, wait_for
from tests.bench.histories import fill_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.installation import Installed

VIEW = "case-status"
EVENTS = 60_000


@pytest.fixture(scope="module")
def a_long_history(an_environment: dict[str, str]) -> Iterator[Installed]:
    """An installation of its own: these events have no owner, which other tests would notice."""
    if an_environment:
        pytest.skip("needs a ledger of its own: run with --servers=embedded")
    with installed() as found:
        fill_ledger(found.database_url, EVENTS, 11)
        found.settle(300)
        yield found


def _rebuild(client: httpx.Client, view: str = VIEW) -> dict[str, Any] | None:
    views = client.get("/api/v1/rebuilds").json()["views"]
    found: dict[str, Any] = next(each for each in views if each["view"] == view)
    return found["rebuild"] or None


def _state(client: httpx.Client, view: str = VIEW) -> str | None:
    rebuild = _rebuild(client, view)
    return rebuild["state"] if rebuild else None


def _post(client: httpx.Client) -> str:
    body = {
        "type": "noise",
        "description": "Loud party",
        "safety": {"happening_now": "no", "weapon": "no", "injury": "no"},
    }
    return str(client.post("/api/v1/reports", json=body).json()["report_number"])


async def test_a_rebuild_survives_kill_9_while_reports_come_in_and_is_undone(
    a_long_history: Installed,
) -> None:
    here = a_long_history
    with here.client() as client:
        numbers = {_post(client)}
        assert client.post(f"/api/v1/rebuilds/{VIEW}").status_code == 202
        assert client.post(f"/api/v1/rebuilds/{VIEW}").status_code == 409
        wait_for(lambda: (_rebuild(client) or {})["copy"]["position"] > 0, "the first batch")
        here.kill("projections")
        while _state(client) != "built":
            numbers.add(_post(client))
        assert '"equal":true' in here.command("rebuild", "compare", VIEW, "--json")
        here.command("rebuild", "switch", VIEW)
        numbers.add(_post(client))
        here.settle()
        assert await missing_reports(here.database_url, numbers) == set()
        assert client.post(f"/api/v1/rebuilds/{VIEW}/undo").json()["rebuild"]["state"] == "built"
        numbers.add(_post(client))
        here.settle()
        assert await missing_reports(here.database_url, numbers) == set()
        found = client.get(f"/api/v1/rebuilds/{VIEW}/comparison").json()
        assert found["equal"], found
        assert client.post(f"/api/v1/rebuilds/{VIEW}/drop").status_code == 200
    assert here.status()["views"][0]["rebuild"] is None


def test_an_operator_rebuilds_from_the_console(a_long_history: Installed) -> None:
    here, view = a_long_history, "workload"
    password = Installation(here.data).development_password()
    with httpx.Client(base_url=here.url, timeout=30) as browser, here.client() as client:

        def page_of(account: str) -> str:
            browser.post("/console/sign-in", data={"account": account, "password": password})
            return browser.get("/console/rebuilds").text

        assert f"/console/rebuilds/{view}/begin" not in page_of("supervisor")
        page = page_of("administrator")
        sealed = re.search(r'name="csrf" value="([^"]+)"', page)
        assert sealed is not None
        form = {"csrf": sealed[1], "at_once": "yes"}
        assert browser.post(f"/console/rebuilds/{view}/begin", data={}).status_code == 403
        assert browser.post(f"/console/rebuilds/{view}/begin", data=form).status_code == 303
        wait_for(lambda: _state(client, view) == "switched", "the switch", 120)
        assert "the rows from before are kept" in browser.get("/console/rebuilds").text
        # 409 "wait until it has followed": the rows from before are fed behind the live ones.
        compared = f"/console/rebuilds/{view}/comparison"
        wait_for(lambda: "have the same rows" in browser.get(compared).text, "same rows", 60)
        assert browser.post(f"/console/rebuilds/{view}/drop", data=form).status_code == 303
        assert _state(client, view) is None
        assert browser.get("/console/rebuilds/nonsense/comparison").status_code == 404


async def test_who_asked_for_a_rebuild_is_in_the_ledger(a_long_history: Installed) -> None:
    a_long_history.command("rebuild", "workload")
    a_long_history.command("rebuild", "drop", "workload")
    a_long_history.command(
        "audit", "verify", "--to", "3", check=False
    )  # made up: it cannot be sound
    a_long_history.settle()
    asked = await _replays(a_long_history.database_url)
    assert ("administrator", "rebuild workload: begin", "console") in asked
    assert ("administrator", "rebuild workload: drop", "console") in asked
    assert ("operator", "rebuild workload: begin", "cli") in asked
    assert ("operator", "verify", "cli") in asked


async def _replays(database_url: str) -> set[tuple[str, str, str]]:
    """Role, what was replayed and through what, of every replay in the ledger."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute("select body from projections.ledger")
        read = [decode(bytes(row[0])) for row in await cursor.fetchall() if b"replay-run" in row[0]]
    return {
        (event.data.role, event.data.replay, event.actor.through)
        for event in read
        if isinstance(event.data, ReplayRun)
    }


async def test_nothing_is_broken_afterwards(a_long_history: Installed) -> None:
    a_long_history.settle()
    broken = await broken_invariants(a_long_history.database_url)
    ours = {name: rows for name, rows in broken.items() if name.startswith("rebuilt")}
    assert ours == {}
