"""Offices whose profile's answers are published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from tests.integration.intake.inquiries.office import Office, open_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest_asyncio.fixture
async def office(a_database: str) -> AsyncIterator[Office]:
    """The pilot's."""
    async with open_office(a_database, "chesterfield") as opened:
        await opened.adopt()
        yield opened


@pytest_asyncio.fixture
async def an_unlike_office(a_database: str) -> AsyncIterator[Office]:
    """Lakeside's."""
    async with open_office(a_database, "lakeside") as opened:
        await opened.adopt()
        yield opened
