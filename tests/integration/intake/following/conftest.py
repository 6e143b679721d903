"""The public site with a place for files, a filed report in it, and a look into what is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import pytest_asyncio

from events.codec import decode
from services.runtime.keyring import Keyring, subjects_of, unseal
from tests.integration.intake.conftest import KEY, open_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from events.envelope import Event

CALM = {
    "happening_now": "no",
    "injury": "no",
    "weapon": "no",
    "suspect_present": "no",
    "fire_smoke_gas": "no",
    "vulnerable_missing": "no",
    "self_harm": "no",
}
CONTACT = {"name": "María López Ruiz", "phone": "(804) 555-0100", "safe_to_contact": True}
REPORT = {
    "type": "vandalism",
    "description": "Somebody painted on the fence.",
    "safety": CALM,
    "contact": CONTACT,
    "location": {"latitude": 37.37, "longitude": -77.5},
}


@dataclass(frozen=True)
class Kept:
    """What is in the database of a test."""

    url: str

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query gives, as the owner of everything."""
        async with await psycopg.AsyncConnection.connect(
            self.url, options="-c search_path=intake,runtime"
        ) as connection:
            cursor = await connection.execute(query.encode())
            return await cursor.fetchall() if cursor.description else []

    async def count(self, table: str) -> int:
        """How many rows."""
        return int((await self.rows(f"select count(*) from {table}"))[0][0])

    async def events(self) -> list[Event]:
        """Every event of intake in its order, opened."""
        async with await psycopg.AsyncConnection.connect(
            self.url, options="-c search_path=intake,runtime"
        ) as connection:
            cursor = await connection.execute("select body from events order by recorded_at")
            envelopes = [decode(bytes(row[0])) for row in await cursor.fetchall()]
            keyring = Keyring(KEY)
            keys = await keyring.find(connection, subjects_of(e.data for e in envelopes))
            return [unseal(envelope, keys).data for envelope in envelopes]


@dataclass(frozen=True)
class Filed:
    """A report as its reporting party knows it."""

    number: str
    pin: str

    @property
    def place(self) -> str:
        """Where programs find it."""
        return f"/api/v1/reports/{self.number}"

    @property
    def pass_(self) -> dict[str, str]:
        """What lets in."""
        return {"Report-Pin": self.pin}


async def file(site: httpx.AsyncClient, **changes: Any) -> Filed:
    """File a report."""
    answer = (await site.post("/api/v1/reports", json=REPORT | changes)).json()
    return Filed(answer["report_number"], answer["pin"])


@pytest.fixture
def kept(a_database: str) -> Kept:
    """A look into the database."""
    return Kept(a_database)


@pytest_asyncio.fixture
async def a_site(a_database: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The pilot's site, with a place for files."""
    async with open_site(a_database, "chesterfield", tmp_path / "attachments") as client:
        yield client


@pytest_asyncio.fixture
async def a_report(a_site: httpx.AsyncClient) -> Filed:
    """A report, calm in every answer."""
    return await file(a_site)
