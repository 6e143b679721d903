"""What people see, in a real browser: filing, the board that updates by itself, axe, no JavaScript.

Set BLOTTER_TEST_SCREENSHOTS to a directory to keep pictures of every page looked at.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_core_python.base import AXE_SCRIPT
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from services.local.installation import Installation
from tests.acceptance.installation import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver.remote.webdriver import WebDriver

    from tests.acceptance.installation import Installed

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (shutil.which("chromium") and shutil.which("chromedriver")),
        reason="no chromium here: apt-get install chromium chromium-driver",
    ),
]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESKTOP, PHONE = 1280, 360
NAMED = str.maketrans("/?=", "---")


@contextmanager
def a_browser(
    *, width: int = DESKTOP, javascript: bool = True, dark: bool = False
) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    if not javascript:
        options.add_experimental_option(
            "prefs", {"profile.managed_default_content_settings.javascript": 2}
        )
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    browser = webdriver.Chrome(options=options, service=service)
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [theme]})
    try:
        yield browser
    finally:
        browser.quit()


def picture(browser: WebDriver, name: str) -> None:
    if folder := os.environ.get("BLOTTER_TEST_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        browser.save_screenshot(str(Path(folder) / f"{name}.png"))


def violations(browser: WebDriver) -> list[str]:
    """What axe finds wrong (WCAG 2.1 A and AA), with the first place of each."""
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE_SCRIPT})
    tags = '{runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}'
    found = browser.execute_cdp_cmd(
        "Runtime.evaluate",
        {"expression": f"axe.run(document, {tags}).then(r => r.violations.map("
         "v => v.id + ': ' + v.nodes[0].html.slice(0, 120)))",
         "awaitPromise": True, "returnByValue": True},
    )  # fmt: skip
    return list(found["result"]["value"])


def overflows(browser: WebDriver) -> bool:
    """Whether the page itself scrolls sideways."""
    wide = browser.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return int(wide) > 0


def sign_in(browser: WebDriver, installed: Installed) -> None:
    browser.get(f"{installed.url}/console/sign-in")
    browser.find_element(By.NAME, "account").send_keys("supervisor")
    password = Installation(installed.data).development_password()
    browser.find_element(By.NAME, "password").send_keys(password)
    browser.find_element(By.CSS_SELECTOR, "main form button").click()
    wait_for(lambda: browser.current_url.endswith("/console"), "the console")


def file_a_report(browser: WebDriver, installed: Installed, description: str) -> str:
    """Fill in the public form as a resident does; gives the report number."""
    browser.get(installed.url)
    for radio in browser.find_elements(By.CSS_SELECTOR, "input[type=radio][value=no]"):
        radio.send_keys(" ")
    browser.find_element(By.NAME, "description").send_keys(description)
    browser.find_element(By.CSS_SELECTOR, "main form button").click()
    return str(wait_for(lambda: _number(browser), "the report's number"))


def _number(browser: WebDriver) -> str | None:
    found = re.search(r"\b\d{3}-\d{3}-\d{3}\b", browser.page_source.partition("<main")[2])
    return found.group() if found else None


def proof_page(browser: WebDriver, installed: Installed, replay: str) -> str:
    """Where the proof of a record's first event is."""
    browser.get(installed.url + replay)
    link = browser.find_element(By.CSS_SELECTOR, "a[href*='/proof/']").get_attribute("href")
    return str(link).removeprefix(installed.url)


def test_a_filed_report_appears_triaged_on_the_board_without_a_reload(
    a_running_installation: Installed,
) -> None:
    with a_browser() as board, a_browser(width=PHONE) as phone:
        sign_in(board, a_running_installation)
        board.execute_script("window.notReloaded = true")
        number = file_a_report(phone, a_running_installation, "Somebody stole my bicycle")
        picture(phone, "received-phone")

        def row() -> str:
            return str(board.page_source).partition(number)[2].partition("</tr>")[0]

        wait_for(lambda: "property" in row().lower(), "the triaged row")
        assert board.execute_script("return window.notReloaded") is True
        picture(board, "board")


def test_the_form_works_without_javascript(a_running_installation: Installed) -> None:
    with a_browser(javascript=False) as browser:
        number = file_a_report(browser, a_running_installation, "No script here")
        picture(browser, "received-no-javascript")
        sign_in(browser, a_running_installation)
        wait_for(lambda: browser.refresh() or number in browser.page_source, "the row")
        picture(browser, "board-no-javascript")


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize("dark", [False, True])
def test_every_page_is_accessible_in_both_themes_and_both_widths(
    a_running_installation: Installed, width: int, dark: bool
) -> None:
    name = f"{width}-{'dark' if dark else 'light'}"
    found: dict[str, list[str]] = {}
    with a_browser(width=width, dark=dark) as browser:
        number = file_a_report(browser, a_running_installation, "For axe")
        found["received"] = violations(browser)
        sign_in(browser, a_running_installation)
        wait_for(lambda: browser.refresh() or number in browser.page_source, "the row")
        replay = f"/console/audit/{number}"
        pages = ["/", "/reports", "/console", f"/console/calls/{number}", "/console/sign-in"]
        pages.append("/console/rebuilds")
        proof = proof_page(browser, a_running_installation, replay)
        for page in [*pages, replay, f"{replay}?event=1", proof]:
            browser.get(a_running_installation.url + page)
            found[page] = violations(browser) + ["overflows"] * overflows(browser)
            picture(browser, f"{name}{page.replace(number, 'number').translate(NAMED)}")
    assert {page: wrong for page, wrong in found.items() if wrong} == {}


def replayed_place(browser: WebDriver) -> tuple[str, int]:
    """As of which event the record is shown, and how many events are not known by then."""
    source = str(browser.page_source)  # at once: the script replaces elements
    known = re.search(r'data-place="(\d+)"', source)
    return known[1] if known else "", source.count('class="later"')


@pytest.mark.parametrize("javascript", [True, False])
def test_the_slider_shows_the_record_as_it_was(
    a_running_installation: Installed, javascript: bool
) -> None:
    with a_browser(javascript=javascript) as browser:
        number = file_a_report(browser, a_running_installation, "Where was it known?")
        sign_in(browser, a_running_installation)
        wait_for(lambda: browser.refresh() or number in browser.page_source, "the row")
        page = f"{a_running_installation.url}/console/audit/{number}"
        browser.get(page)
        wait_for(lambda: browser.refresh() or replayed_place(browser) == ("3", 0), "three events")
        assert "casework.call-opened.v1" in browser.find_element(By.ID, "as-of-words").text
        slider = browser.find_element(By.ID, "event")
        slider.send_keys(Keys.HOME)
        if not javascript:
            browser.find_element(By.CSS_SELECTOR, "#as-of button").click()
        wait_for(lambda: replayed_place(browser) == ("1", 2), "the first event")
        assert browser.current_url == f"{page}?event=1"
        assert "intake.report-submitted.v1" in browser.find_element(By.ID, "as-of-words").text
        shown = browser.find_element(By.ID, "known").text
        assert "report number" in shown
        assert "triaged at" not in shown
        if javascript:
            assert browser.switch_to.active_element == slider
        picture(browser, f"replay-first{'' if javascript else '-no-javascript'}")
