"""Following a report in a real browser: both languages, phone and desktop, dark, no JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from selenium.webdriver.common.by import By

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
from tests.integration.intake.following.conftest import REPORT
from tests.integration.intake.test_site_in_a_browser import served

if TYPE_CHECKING:
    from pathlib import Path

    from selenium.webdriver.remote.webdriver import WebDriver

__all__ = ["pytestmark"]
PIXEL = b"\x89PNG\r\n\x1a\n as much of a picture as is looked at"


def a_filed_report(url: str) -> tuple[str, str]:
    answer = httpx.post(f"{url}/api/v1/reports", json=REPORT).json()
    return answer["report_number"], answer["pin"]


def enter(browser: WebDriver, number: str, pin: str) -> None:
    """Give number and PIN on a page that asks for them."""
    for name, text in (("report_number", number), ("pin", pin)):
        field = browser.find_element(By.CSS_SELECTOR, f"#show [name={name}]")
        field.clear()
        field.send_keys(text)
    click(browser, By.CSS_SELECTOR, "#show button")


def unfold(browser: WebDriver, id_: str) -> None:
    """Open a form with the keyboard's way of doing it: a click on its summary."""
    browser.find_element(By.CSS_SELECTOR, f"#open-{id_} > summary").click()


def choose(browser: WebDriver, form: str, name: str, value: str) -> None:
    chosen = f"#{form} input[name={name}][value={value}]"
    browser.find_element(By.CSS_SELECTOR, chosen).send_keys(" ")


@pytest.mark.parametrize(("width", "dark"), [(DESKTOP, False), (PHONE, True), (PHONE, False)])
def test_every_page_of_following_is_accessible(
    a_database: str, tmp_path: Path, width: int, dark: bool
) -> None:
    found: dict[str, list[str]] = {}
    theme = f"{width}-{'dark' if dark else 'light'}"

    def look(browser: WebDriver, name: str) -> None:
        found[name] = violations(browser) + ["overflows"] * overflows(browser)
        picture(browser, f"follow-{theme}-{name}")

    with (
        served(a_database, "chesterfield", tmp_path) as url,
        a_browser(width=width, dark=dark) as browser,
    ):
        number, pin = a_filed_report(url)
        for prefix in ("", "/es"):
            name = prefix.strip("/") or "en"
            browser.get(f"{url}{prefix}/reports")
            browser.find_element(By.CSS_SELECTOR, "#lost > summary").click()
            look(browser, f"{name}-asked")
            enter(browser, number, "000000")
            look(browser, f"{name}-wrong")
            enter(browser, number, pin)
            for id_ in ("add", "file", "contact", "withdraw"):
                unfold(browser, id_)
            look(browser, f"{name}-inside")
            choose(browser, "add", "s_again", "yes")
            click(browser, By.CSS_SELECTOR, "#add button")
            look(browser, f"{name}-diverted")
            unfold(browser, "contact")
            choose(browser, "contact", "write", "no")
            click(browser, By.CSS_SELECTOR, "#contact button")
            look(browser, f"{name}-rules")
            unfold(browser, "add")
            choose(browser, "add", "s_again", "no")
            click(browser, By.CSS_SELECTOR, "#add button")
            look(browser, f"{name}-added")
            browser.get(f"{url}{prefix}/reports")
            browser.find_element(By.CSS_SELECTOR, "#lost > summary").click()
            click(browser, By.CSS_SELECTOR, "#lost button")
            look(browser, f"{name}-not-found")
    assert {page: wrong for page, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("javascript", [True, False])
def test_a_report_is_added_to_and_withdrawn(
    a_database: str, tmp_path: Path, javascript: bool
) -> None:
    file = tmp_path / "fence.png"
    file.write_bytes(PIXEL)
    with (
        served(a_database, "chesterfield", tmp_path / "kept") as url,
        a_browser(javascript=javascript) as browser,
    ):
        number, pin = a_filed_report(url)
        browser.get(f"{url}/reports/{number}")
        enter(browser, number, pin)
        unfold(browser, "add")
        choose(browser, "add", "s_again", "no")
        browser.find_element(By.ID, "add-description").send_keys("It was blue.")
        click(browser, By.CSS_SELECTOR, "#add button")
        unfold(browser, "file")
        browser.find_element(By.ID, "file-file").send_keys(str(file))
        click(browser, By.CSS_SELECTOR, "#file button")
        unfold(browser, "withdraw")
        choose(browser, "withdraw", "s_again", "no")
        click(browser, By.CSS_SELECTOR, "#withdraw button")
        words = browser.find_element(By.TAG_NAME, "main").text
        for step in ("You added something", "You added a file", "You withdrew it"):
            assert step in words
        picture(browser, f"follow-withdrawn-{javascript}")
