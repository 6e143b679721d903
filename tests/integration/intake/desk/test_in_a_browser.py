"""The desk with a keyboard alone, in a real browser; without JavaScript too; dark; axe."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from services.runtime.identity import SESSION_COOKIE, Role
from tests.browser import (
    DESKTOP,
    PHONE,
    a_browser,
    overflows,
    picture,
    pytestmark,
    seen,
    violations,
)
from tests.integration.intake.desk.conftest import signed_in
from tests.integration.intake.test_site_in_a_browser import served

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

__all__ = ["pytestmark"]


def sit_down(browser: WebDriver, url: str, database_url: str) -> None:
    secret = asyncio.run(signed_in(database_url, Role.CALLTAKER))
    browser.get(f"{url}/console/sign-in")
    browser.add_cookie({"name": SESSION_COOKIE, "value": secret})
    browser.get(f"{url}/console/desk")


def press(browser: WebDriver, *keys: str) -> None:
    """Keys that go to wherever the focus is, as a person's do."""
    ActionChains(browser).send_keys(*keys).perform()


def shown(browser: WebDriver) -> str:
    return str(browser.find_element(By.TAG_NAME, "main").text)


def test_a_call_is_filed_with_keys_alone(a_database: str) -> None:
    with served(a_database, "chesterfield") as url, a_browser() as browser:
        sit_down(browser, url, a_database)
        press(browser, "100 Main Street", Keys.TAB, "804 555 0134", Keys.TAB, "A bicycle was taken")
        press(browser, Keys.TAB, Keys.SPACE, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.TAB, "nobody")
        for _ in range(4):  # suspect, weapon, hurt, other danger: no
            press(browser, Keys.TAB, Keys.SPACE, Keys.ARROW_RIGHT)
        seen(lambda: "Draft kept" in shown(browser), "the draft to be kept")
        press(browser, Keys.F8)
        seen(lambda: re.search(r"\d{3}-\d{3}-\d{3}", shown(browser)), "the number")
        assert "Transfer" not in shown(browser)
        picture(browser, "desk-filed")
        press(browser, Keys.ENTER)
        seen(lambda: browser.find_elements(By.ID, "location_text"), "the next call")


def test_one_key_hands_off(a_database: str) -> None:
    with served(a_database, "chesterfield") as url, a_browser() as browser:
        sit_down(browser, url, a_database)
        press(browser, "12 Main Street", Keys.F9)
        seen(lambda: "Transfer to 9-1-1 now" in shown(browser), "the hand-off")
        picture(browser, "desk-handed-off")


def test_a_draft_is_there_after_the_browser_is_gone(a_database: str) -> None:
    with served(a_database, "chesterfield") as url:
        with a_browser() as browser:
            sit_down(browser, url, a_database)
            press(browser, "100 Main Street")
            seen(lambda: "Draft kept" in shown(browser), "the draft to be kept")
        with a_browser() as browser:
            sit_down(browser, url, a_database)
            browser.find_element(By.PARTIAL_LINK_TEXT, "Draft of").send_keys(Keys.ENTER)
            seen(lambda: "draft=" in browser.current_url, "the draft")
            field = browser.find_element(By.ID, "location_text")
            assert field.get_attribute("value") == "100 Main Street"


def test_a_call_is_filed_without_javascript(a_database: str) -> None:
    with (
        served(a_database, "chesterfield") as url,
        a_browser(javascript=False) as browser,
    ):
        sit_down(browser, url, a_database)
        press(browser, "100 Main Street")
        browser.find_element(By.ID, "file").send_keys(Keys.ENTER)
        seen(lambda: re.search(r"\d{3}-\d{3}-\d{3}", shown(browser)), "the number")


@pytest.mark.parametrize(("width", "dark"), [(DESKTOP, False), (DESKTOP, True), (PHONE, False)])
def test_the_desk_is_accessible(a_database: str, width: int, dark: bool) -> None:
    found: dict[str, list[str]] = {}
    with served(a_database, "chesterfield") as url, a_browser(width=width, dark=dark) as browser:
        sit_down(browser, url, a_database)

        def look(name: str) -> None:
            found[name] = violations(browser) + ["overflows"] * overflows(browser)
            picture(browser, f"desk-{width}-{'dark' if dark else 'light'}-{name}")

        look("empty")
        press(browser, "He has a gun")
        seen(lambda: "Draft kept" in shown(browser), "the draft to be kept")
        look("danger")
        press(browser, Keys.F8)
        seen(lambda: browser.find_elements(By.ID, "receipt"), "the answer")
        look("filed")
        number = browser.find_element(By.CSS_SELECTOR, "#receipt dd").text
        for name, page in (("find", "find"), ("report", f"reports/{number}")):
            browser.get(f"{url}/console/desk/{page}")
            look(name)
    assert {page: wrong for page, wrong in found.items() if wrong} == {}
