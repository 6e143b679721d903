"""A real browser for tests: Debian's Chromium, driven and looked at.

Set BLOTTER_TEST_SCREENSHOTS to a directory to keep pictures of every page looked at.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from axe_core_python.base import AXE_SCRIPT
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from selenium.webdriver.remote.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

Found = TypeVar("Found")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (shutil.which("chromium") and shutil.which("chromedriver")),
        reason="no chromium here: apt-get install chromium chromium-driver",
    ),
]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP, PHONE = 1280, 360


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
        {
            "expression": f"axe.run(document, {tags}).then(r => r.violations.map("
            "v => v.id + ': ' + v.nodes[0].html.slice(0, 120)))",
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    return list(found["result"]["value"])


def overflows(browser: WebDriver) -> bool:
    """Whether the page itself scrolls sideways."""
    wide = browser.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return int(wide) > 0


def seen(probe: Callable[[], Found], what: str, timeout_seconds: float = 30) -> Found:
    """What `probe` sees, once it sees something.

    A page that is being replaced under the probe is a page not seen yet: chromedriver says so
    in several ways, of which a stale element is only one.
    """
    until, met = time.monotonic() + timeout_seconds, ""
    while time.monotonic() < until:
        try:
            if found := probe():
                return found
        except WebDriverException as error:
            met = f" ({error.msg})"
        time.sleep(0.05)
    raise AssertionError(f"waited {timeout_seconds} s in vain for {what}{met}")


def click(browser: WebDriver, by: str, what: str) -> None:
    """Touch something that leads to another page, and wait until that one is whole."""
    before = browser.find_element(By.TAG_NAME, "html")
    browser.find_element(by, what).click()
    seen(lambda: _left(before), "the page to be left")
    seen(lambda: browser.find_elements(By.TAG_NAME, "footer"), "the next page")


def _left(page: WebElement) -> bool:
    """Whether the browser shows this page no more."""
    try:
        page.is_enabled()
    except WebDriverException:
        return True
    return False
