"""A call taker, signed in, at the pilot's desk."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
import pytest_asyncio

from services.runtime.clock import now
from services.runtime.identity import SESSION_COOKIE, Role, start_session
from tests.integration.intake.conftest import open_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

CALM = {
    "location_text": "100 Main Street",
    "contact_phone": "804 555 0134",
    "description": "A bicycle was taken from the shed last week",
    "type": "theft",
    "when": "earlier",
    "f_suspect_present": "no",
    "f_weapon": "no",
    "f_injury": "no",
    "f_other": "no",
    "safe_on_line": "yes",
    "medium": "phone",
}


@dataclass
class Desk:
    """What a call taker's browser does."""

    client: httpx.AsyncClient
    database_url: str

    async def open(self, query: str = "") -> dict[str, str]:
        """The hidden fields of a fresh form."""
        page = (await self.client.get(f"/console/desk{query}")).text
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)[-2:])

    async def send(self, typed: dict[str, str], do: str = "file") -> httpx.Response:
        """Fill in a fresh form and press a key."""
        return await self.client.post("/console/desk", data=await self.open() | typed | {"do": do})


async def signed_in(database_url: str, role: Role) -> str:
    """The secret of a session."""
    async with await psycopg.AsyncConnection.connect(
        database_url, options="-c search_path=runtime"
    ) as connection:
        return await start_session(connection, role.value, role, now())


@asynccontextmanager
async def open_desk(database_url: str, role: Role = Role.CALLTAKER) -> AsyncIterator[Desk]:
    """The desk as one role sees it."""
    secret = await signed_in(database_url, role)
    async with open_site(database_url, "chesterfield") as client:
        client.cookies.set(SESSION_COOKIE, secret)
        yield Desk(client, database_url)


@pytest_asyncio.fixture
async def a_desk(a_database: str) -> AsyncIterator[Desk]:
    """The desk of a call taker."""
    async with open_desk(a_database) as desk:
        yield desk
