"""Questions and answers in a real browser: both languages, phone and desktop, dark; the console."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn
from selenium.webdriver.common.by import By

from services.runtime.clock import now
from services.runtime.database import connect
from services.runtime.identity import SESSION_COOKIE, Role, start_session
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
from tests.integration.intake.inquiries.test_asking import NUMBER, ask
from tests.integration.intake.inquiries.test_publishing import publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver.remote.webdriver import WebDriver

    from tests.integration.intake.inquiries.office import Office

__all__ = ["pytestmark"]
PAGES = ("/answers", "/answers/grilling", "/answers/grilling/1", "/answers/yours")


@contextmanager
def served(office: Office) -> Iterator[str]:
    """The office at an address of its own."""
    port = free_port()
    app = create_app(office.settings, ["intake", "projections"])
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_for(lambda: server.started, "the office")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


async def a_session(office: Office) -> str:
    """The cookie of a supervisor."""
    async with await connect(office.url, "runtime") as connection:
        return await start_session(connection, "supervisor", Role.SUPERVISOR, now())


def asks(browser: WebDriver, url: str, question: str) -> None:
    """Ask as a person does."""
    browser.get(url)
    browser.find_element(By.NAME, "question").send_keys(question)
    click(browser, By.CSS_SELECTOR, "#ask button")


@pytest.mark.parametrize(("width", "dark"), [(DESKTOP, False), (PHONE, True)])
async def test_every_page_is_accessible(office: Office, width: int, dark: bool) -> None:
    await publish(office, since="2026-01-01")
    await publish(office, "/grilling/revise", text_en="Once a year.", source="Council, 12 May")
    told = await ask(office, "Wann darf ich backen?")
    number = NUMBER.findall(told.text)[0]
    await office.settle()
    session, found = await a_session(office), dict[str, list[str]]()

    def look(browser: WebDriver, name: str) -> None:
        found[name] = violations(browser) + ["overflows"] * overflows(browser)
        picture(browser, f"answers-{width}-{'dark' if dark else 'light'}-{name}")

    with served(office) as url, a_browser(width=width, dark=dark) as browser:
        for prefix in ("", "/es"):
            for page in PAGES:
                browser.get(url + prefix + page)
                look(browser, (prefix + page).strip("/").replace("/", "-"))
        for name, question in (
            ("found", "barbecue"),
            ("open", "Wann?"),
            ("diverted", "my house is on fire"),
            ("refused", ""),
        ):
            asks(browser, f"{url}/answers", question)
            look(browser, name)
        browser.add_cookie({"name": SESSION_COOKIE, "value": session, "path": "/"})
        for page in ("inquiries", f"inquiries/{number}", "answers", "answers/grilling"):
            browser.get(f"{url}/console/{page}")
            assert "Sign out" in browser.page_source
            look(browser, "console-" + page.replace("/", "-").replace(number, "one"))
    assert {page: wrong for page, wrong in found.items() if wrong} == {}


async def test_without_javascript_a_question_goes_to_a_person(office: Office) -> None:
    with served(office) as url, a_browser(javascript=False, width=PHONE) as browser:
        asks(browser, f"{url}/es/answers", "¿Cuándo se permite la música?")
        assert "ruido" in browser.find_element(By.TAG_NAME, "article").text
        click(browser, By.CSS_SELECTOR, "main form button")
        number, pin = [each.text for each in browser.find_elements(By.CSS_SELECTOR, "dd")][:2]
        click(browser, By.CSS_SELECTOR, ".receipt a")
        browser.find_element(By.NAME, "inquiry_number").send_keys(number)
        browser.find_element(By.NAME, "pin").send_keys(pin)
        click(browser, By.CSS_SELECTOR, "main form button")
        assert "música" in browser.find_element(By.TAG_NAME, "main").text
