"""The public site over a real Postgres, in the words of either agency. Kafka is not needed."""

from __future__ import annotations

from base64 import b64encode
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest_asyncio
from pydantic import SecretStr

from services.runtime.settings import Settings
from services.web import create_app
from tests.unit.agency.conftest import AGENCIES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

KEY = bytes(range(32))


def settings_for(database_url: str, agency: str, attachments: Path | None = None) -> Settings:
    """Settings with a known master key."""
    return Settings(
        database_url=database_url,
        kafka_bootstrap="127.0.0.1:1",
        master_key=SecretStr(b64encode(KEY).decode()),
        agency=AGENCIES / agency,
        attachments=attachments,
    )


@asynccontextmanager
async def open_site(
    database_url: str, agency: str, attachments: Path | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the site of an agency."""
    app = create_app(settings_for(database_url, agency, attachments), ["intake"])
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            yield client


@pytest_asyncio.fixture
async def site(a_database: str) -> AsyncIterator[httpx.AsyncClient]:
    """The pilot's site."""
    async with open_site(a_database, "chesterfield") as client:
        yield client


@pytest_asyncio.fixture
async def an_unlike_site(a_database: str) -> AsyncIterator[httpx.AsyncClient]:
    """Lakeside's site."""
    async with open_site(a_database, "lakeside") as client:
        yield client


async def count(database_url: str, table: str) -> int:
    """Rows of a table of intake."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute(f"select count(*) from intake.{table}".encode())
        row: Any = await cursor.fetchone()
    return int(row[0])
