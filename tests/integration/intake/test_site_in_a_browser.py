"""The public site in a real browser: both languages, phone and desktop, dark, no JavaScript."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn
from selenium.webdriver.common.by import By

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

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver.remote.webdriver import WebDriver

__all__ = ["pytestmark"]
PAGES = (
    "/",
    "/which-number",
    "/reports",
    "/report/theft",
    "/report/street-light",
    "/report/stolen-vehicle",
    "/report/unclassified",
)


@contextmanager
def served(database_url: str, agency: str, attachments: Path | None = None) -> Iterator[str]:
    """The site at an address of its own."""
    port = free_port()
    app = create_app(settings_for(database_url, agency, attachments), ["intake"])
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_for(lambda: server.started, "the site")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def press(browser: WebDriver, *, value: str, name: str | None = None) -> None:
    """Choose this answer of one question, or of all, with the keyboard."""
    of = f"[name={name}]" if name else ""
    for radio in browser.find_elements(By.CSS_SELECTOR, f"input[type=radio]{of}[value={value}]"):
        radio.send_keys(" ")


def send(browser: WebDriver) -> None:
    click(browser, By.CSS_SELECTOR, "#report button")


@pytest.mark.parametrize(("width", "dark"), [(DESKTOP, False), (PHONE, True), (PHONE, False)])
def test_every_page_is_accessible(a_database: str, width: int, dark: bool) -> None:
    found: dict[str, list[str]] = {}
    theme = f"{width}-{'dark' if dark else 'light'}"

    def look(browser: WebDriver, name: str) -> None:
        found[name] = violations(browser) + ["overflows"] * overflows(browser)
        picture(browser, f"site-{theme}-{name}")

    with served(a_database, "chesterfield") as url, a_browser(width=width, dark=dark) as browser:
        for prefix in ("", "/es"):
            for page in PAGES:
                browser.get(url + prefix + page)
                look(browser, (prefix + page).strip("/").replace("/", "-") or "home")
        browser.get(f"{url}/report/theft")
        press(browser, value="unsure")
        send(browser)
        look(browser, "in-doubt")
        send(browser)
        look(browser, "refused")
        browser.get(f"{url}/report/theft")
        press(browser, value="yes", name="s_weapon")
        send(browser)
        look(browser, "diverted")
        for _ in range(2):
            browser.get(f"{url}/report/street-light")
            browser.find_element(By.NAME, "location_text").send_keys("12 Main Street")
            press(browser, value="no", name="s_any-danger")
            press(browser, value="out")
            send(browser)
            look(browser, "filed" if "filed" not in found else "nearby")
        browser.get(url)
        browser.find_element(By.NAME, "text").send_keys("my bicycle was stolen")
        click(browser, By.CSS_SELECTOR, "main form button")
        look(browser, "found")
    assert {page: wrong for page, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("javascript", [True, False])
def test_a_report_is_filed_and_followed(a_database: str, javascript: bool) -> None:
    with served(a_database, "lakeside") as url, a_browser(javascript=javascript) as browser:
        browser.get(url)
        browser.find_element(By.NAME, "text").send_keys("swan")
        click(browser, By.CSS_SELECTOR, "main form button")
        click(browser, By.CSS_SELECTOR, "[aria-labelledby=found] button")
        browser.find_element(By.NAME, "location_text").send_keys("Town quay")
        press(browser, value="no", name="s_now")
        press(browser, value="tangled")
        send(browser)
        picture(browser, f"lakeside-filed-{javascript}")
        number, pin = [each.text for each in browser.find_elements(By.CSS_SELECTOR, "dd")][:2]
        click(browser, By.PARTIAL_LINK_TEXT, number)
        browser.find_element(By.NAME, "pin").send_keys(pin)
        click(browser, By.CSS_SELECTOR, "main form button")
        assert "Received" in browser.find_element(By.TAG_NAME, "main").text
