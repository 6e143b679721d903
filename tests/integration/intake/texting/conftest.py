"""A provider of text messages and one of e-mail, in front of a real Postgres."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import orjson
import pytest_asyncio

from services.intake.texting import inlets
from services.intake.webhook_signature import signature
from services.runtime.clock import now
from services.runtime.database import connect
from services.runtime.keyring import Keyring
from tests.integration.intake.conftest import KEY, open_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from services.intake.texting.inlets import Kind

IDS = count(1)


@dataclass(slots=True)
class Provider:
    """Signs and delivers, as an adapter does."""

    client: httpx.AsyncClient
    inlet: str
    secret: str
    key: str
    answers: list[dict[str, Any]] = field(default_factory=list)

    async def deliver(self, body: bytes, *, timestamp: str | None = None) -> httpx.Response:
        """The bytes, signed now."""
        at = timestamp or str(int(now().timestamp()))
        headers = {
            "Blotter-Timestamp": at,
            "Blotter-Signature": signature(self.secret.encode(), at, body),
            "Content-Type": "application/json",
        }
        path = f"/api/v1/text/{self.inlet}/messages"
        return await self.client.post(path, content=body, headers=headers)

    async def says(
        self, text: str, sender: str = "+18045550100", id_: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """One message from a person; gives the answer."""
        body = {"id": id_ or f"m{next(IDS)}", "from": sender, "text": text} | more
        answer = await self.deliver(orjson.dumps(body))
        assert answer.status_code == 200, answer.text
        self.answers.append(answer.json())
        return self.answers[-1]


async def add_provider(
    client: httpx.AsyncClient, database_url: str, channel: Kind, **more: Any
) -> Provider:
    """An inlet of this channel, called like it."""
    name = more.pop("name", channel)
    async with await connect(database_url, "intake") as connection:
        secret, key = await inlets.add(connection, Keyring(KEY), name, channel, now(), **more)
    return Provider(client, name, secret, key)


@asynccontextmanager
async def a_provider(database_url: str, agency: str, channel: Kind) -> AsyncIterator[Provider]:
    """A provider at this agency."""
    async with open_site(database_url, agency) as client:
        yield await add_provider(client, database_url, channel)


@pytest_asyncio.fixture
async def sms(a_database: str) -> AsyncIterator[Provider]:
    """Text messages to the pilot."""
    async with a_provider(a_database, "chesterfield", "sms") as provider:
        yield provider


@pytest_asyncio.fixture
async def mail(sms: Provider, a_database: str) -> Provider:
    """E-mails to the pilot."""
    return await add_provider(sms.client, a_database, "email")
