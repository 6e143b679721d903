"""Pages of documentation: links lead somewhere, and a test runs every block of code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.acceptance.documents import NOT_RUN, RUN, UNTIL_STOPPED, blocks, pages

PROJECT = Path(__file__).parents[2]
LINKED = [*pages(PROJECT), PROJECT / "ARCHITECTURE.md", *(PROJECT / "deploy").glob("*/*.md")]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
RUNNERS = {"sh", "python"}
NOT_RUN_AT_MOST = 3
TESTS = "".join(path.read_text() for path in (PROJECT / "tests" / "acceptance").glob("test_*.py"))


def _named(page: Path) -> str:
    return page.relative_to(PROJECT).as_posix()


@pytest.mark.parametrize("page", LINKED, ids=_named)
def test_every_link_leads_to_a_file(page: Path) -> None:
    dead = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert dead == []


@pytest.mark.parametrize("page", pages(PROJECT), ids=_named)
def test_every_block_of_code_is_run_or_says_why_not(page: Path) -> None:
    if page.parent.name == "reference":
        return  # made from the code, and shows usage only
    found = [block for block in blocks(page) if block.language != "text"]
    assert {block.language for block in found} <= RUNNERS
    assert {block.how for block in found} <= {RUN, UNTIL_STOPPED, NOT_RUN}
    assert [block.text for block in found if block.how == NOT_RUN and not block.reason] == []
    assert page.read_text().count("```") == 2 * len(blocks(page))
    if any(block.how != NOT_RUN for block in found):
        assert f'"{_named(page)}"' in TESTS, "no acceptance test names this page"


def test_few_blocks_are_not_run() -> None:
    skipped = [block for page in pages(PROJECT) for block in blocks(page) if block.how == NOT_RUN]
    assert len(skipped) <= NOT_RUN_AT_MOST
