"""What people see in a real browser: filing, the board that updates itself, axe, no script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from services.local.installation import Installation
from tests.browser import (
    DESKTOP,
    PHONE,
    a_browser,
    click,
    overflows,
    picture,
    pytestmark,
    seen,
    violations,
)

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from tests.acceptance.installation import Installed

__all__ = ["pytestmark"]
NAMED = str.maketrans("/?=", "---")


def sign_in(browser: WebDriver, installed: Installed) -> None:
    browser.get(f"{installed.url}/console/sign-in")
    browser.find_element(By.NAME, "account").send_keys("supervisor")
    password = Installation(installed.data).development_password()
    browser.find_element(By.NAME, "password").send_keys(password)
    browser.find_element(By.CSS_SELECTOR, "main form button").click()
    seen(lambda: browser.current_url.endswith("/console"), "the console")


def file_a_report(browser: WebDriver, installed: Installed, description: str) -> str:
    """Fill in the public form as a resident does; gives the report number."""
    browser.get(f"{installed.url}/report/theft")
    for radio in browser.find_elements(By.CSS_SELECTOR, "input[type=radio][value=no]"):
        radio.send_keys(" ")
    click(browser, By.CSS_SELECTOR, "#report button")
    browser.find_element(By.NAME, "q_belongings").send_keys(description)
    browser.find_element(By.NAME, "attested").send_keys(" ")
    click(browser, By.CSS_SELECTOR, "#report button")
    return str(seen(lambda: _number(browser), "the report's number"))


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

        seen(lambda: "property" in row().lower(), "the triaged row")
        assert board.execute_script("return window.notReloaded") is True
        picture(board, "board")


def test_the_form_works_without_javascript(a_running_installation: Installed) -> None:
    with a_browser(javascript=False) as browser:
        number = file_a_report(browser, a_running_installation, "No script here")
        picture(browser, "received-no-javascript")
        sign_in(browser, a_running_installation)
        seen(lambda: browser.refresh() or number in browser.page_source, "the row")
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
        seen(lambda: browser.refresh() or number in browser.page_source, "the row")
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
        seen(lambda: browser.refresh() or number in browser.page_source, "the row")
        page = f"{a_running_installation.url}/console/audit/{number}"
        browser.get(page)
        seen(lambda: browser.refresh() or replayed_place(browser) == ("3", 0), "three events")
        assert "casework.call-opened.v1" in browser.find_element(By.ID, "as-of-words").text
        slider = browser.find_element(By.ID, "event")
        slider.send_keys(Keys.HOME)
        if not javascript:
            browser.find_element(By.CSS_SELECTOR, "#as-of button").click()
        seen(lambda: replayed_place(browser) == ("1", 2), "the first event")
        assert browser.current_url == f"{page}?event=1"
        assert "intake.report-submitted.v1" in browser.find_element(By.ID, "as-of-words").text
        shown = browser.find_element(By.ID, "known").text
        assert "report number" in shown
        assert "triaged at" not in shown
        if javascript:
            assert browser.switch_to.active_element == slider
        picture(browser, f"replay-first{'' if javascript else '-no-javascript'}")
