"""The console's page about bundles: looked at, promoted, rolled back; who may, and who may not."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
import uvicorn
from selenium.webdriver.common.by import By

from services.runtime.clock import now
from services.runtime.database import connect
from services.runtime.identity import SESSION_COOKIE, Role, start_session
from services.triage import activating
from services.triage.gates_file import FILE
from services.web import create_app
from tests.acceptance.installation import free_port, wait_for
from tests.browser import (
    DESKTOP,
    PHONE,
    a_browser,
    click,
    overflows,
    picture,
    pytestmark,
    violations,
)
from tests.integration.intake.conftest import settings_for
from tests.integration.triage.conftest import CHESTERFIELD
from tests.integration.triage.test_rehearsing import NEVER_LINKS, history, rehearsed
from tests.integration.triage.test_switching import FIRST, digest_of, other_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.triage.conftest import Worker

__all__ = ["pytestmark"]
HARMLESS = other_bundle(cited=12_001)


@contextmanager
def served(a_database: str, directory: Path) -> Iterator[str]:
    """The console of an agency whose gates ask for little history."""
    agency = directory / "agency"
    shutil.copytree(CHESTERFIELD, agency)
    (agency / FILE).write_text("[[gates]]\nleast_days = 0\nleast_reports = 2\n")
    settings = settings_for(a_database, "chesterfield").model_copy(update={"agency": agency})
    port = free_port()
    app = create_app(settings, ["intake", "projections"])
    config = uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_for(lambda: server.started, "the console")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


async def a_session(a_database: str, role: Role) -> str:
    async with await connect(a_database, "runtime") as connection:
        return await start_session(connection, role.value, role, now())


async def in_force(worker: Worker) -> list[tuple[str, str]]:
    """Everything that was put in force, and how."""
    async with worker.triage.pool.connection() as connection:
        found = await activating.activations(connection, worker.triage.events)
    return [(each.bundle, each.how) for each in found.past]


@pytest.mark.parametrize(("width", "dark"), [(DESKTOP, False), (PHONE, True)])
async def test_the_pages_are_accessible(
    worker: Worker, a_database: str, tmp_path: Path, width: int, dark: bool
) -> None:
    await history(worker, a_database, (1,), (2, 3))
    await rehearsed(worker, a_database, HARMLESS)
    failed = await rehearsed(worker, a_database, NEVER_LINKS)
    session, found = await a_session(a_database, Role.ADMINISTRATOR), dict[str, list[str]]()
    with served(a_database, tmp_path) as url, a_browser(width=width, dark=dark) as browser:
        browser.get(f"{url}/console/sign-in")
        browser.add_cookie({"name": SESSION_COOKIE, "value": session, "path": "/"})
        for name, path in (("all", ""), ("one", f"/{failed.run_id}")):
            browser.get(f"{url}/console/triage{path}")
            assert "Sign out" in browser.page_source
            for summary in browser.find_elements(By.CSS_SELECTOR, "details summary"):
                summary.click()
            found[name] = violations(browser) + ["overflows"] * overflows(browser)
            picture(browser, f"triage-{width}-{'dark' if dark else 'light'}-{name}")
        assert "link lost" in browser.find_element(By.ID, "differences").text
    assert found == {"all": [], "one": []}


async def test_without_javascript_a_bundle_is_put_in_force_and_taken_out(
    worker: Worker, a_database: str, tmp_path: Path
) -> None:
    await history(worker, a_database, (1,), (2,))
    await rehearsed(worker, a_database, NEVER_LINKS)
    await rehearsed(worker, a_database, HARMLESS)
    session = await a_session(a_database, Role.ADMINISTRATOR)
    with served(a_database, tmp_path) as url, a_browser(javascript=False, width=PHONE) as browser:
        browser.get(f"{url}/console/sign-in")
        browser.add_cookie({"name": SESSION_COOKIE, "value": session, "path": "/"})
        browser.get(f"{url}/console/triage")
        buttons = browser.find_elements(By.CSS_SELECTOR, "#rehearsals button")
        assert [digest_of(HARMLESS)[:12] in each.text for each in buttons] == [True]
        browser.find_element(By.CSS_SELECTOR, "#rehearsals input[name=reason]").send_keys("better")
        click(browser, By.CSS_SELECTOR, "#rehearsals button")
        assert digest_of(HARMLESS)[:12] in browser.find_element(By.CLASS_NAME, "totals").text
        browser.find_element(By.ID, "reason-back").send_keys("worse")
        click(browser, By.ID, "rollback-back")
    first, other = digest_of(FIRST), digest_of(HARMLESS)
    expected = [(first, "first"), (other, "promoted"), (first, "rolled-back")]
    assert await in_force(worker) == expected


async def test_only_an_administrator_with_the_forms_token_may_act(
    worker: Worker, a_database: str, tmp_path: Path
) -> None:
    await history(worker, a_database, (1,), (2,))
    await rehearsed(worker, a_database, HARMLESS)
    form = {"bundle": digest_of(HARMLESS), "reason": "better", "csrf": "none"}
    administrator = await a_session(a_database, Role.ADMINISTRATOR)
    supervisor = await a_session(a_database, Role.SUPERVISOR)
    analyst = await a_session(a_database, Role.ANALYST)
    with served(a_database, tmp_path) as url:
        for session in (administrator, supervisor):
            cookies = {SESSION_COOKIE: session}
            async with httpx.AsyncClient(base_url=url, cookies=cookies) as client:
                assert (await client.post("/console/triage/promote", data=form)).status_code == 403
                assert (await client.post("/console/triage/rollback", data=form)).status_code == 403
        cookies = {SESSION_COOKIE: supervisor}
        async with httpx.AsyncClient(base_url=url, cookies=cookies) as client:
            page = await client.get("/console/triage")
            assert page.status_code == 200
            assert "<button" not in page.text.partition("<main")[2]
        cookies = {SESSION_COOKIE: analyst}
        async with httpx.AsyncClient(base_url=url, cookies=cookies) as client:
            assert (await client.get("/console/triage")).status_code == 403
        async with httpx.AsyncClient(base_url=url) as client:
            assert (await client.get("/console/triage")).status_code == 303
    assert await in_force(worker) == [(digest_of(FIRST), "first")]
