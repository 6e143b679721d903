"""The partner inlet on a real Postgres: its routes as a partner's program reaches them."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr

from events.topics import Topics
from services.intake.app import open_intake
from services.intake.inbound_consumer import Inbound
from services.intake.inlet.api import router
from services.intake.partners import registry
from services.runtime import problems
from services.runtime.clock import now
from services.runtime.settings import Settings
from services.runtime.wake import Wake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.intake.handlers import Intake

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
SOUND = {"type": "swan", "description": "from next door", "safety": {"weapon": "no"}}


def settings_for(database_url: str) -> Settings:
    """Settings with a known master key; nothing here talks to Kafka."""
    return Settings(
        database_url=database_url,
        kafka_bootstrap="127.0.0.1:1",
        master_key=SecretStr(b64encode(bytes(range(32))).decode()),
        agency=Path(__file__).parents[4] / "deploy" / "agency" / "lakeside",
    )


def event(event_id: str = "one", **changes: Any) -> dict[str, Any]:
    """A structured event of partner `harbour` that is read without a warning."""
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/partners/harbour",
        "type": "partner.incident-reported.v1",
        "data": dict(SOUND),
    }
    return attributes | changes


@dataclass
class Inlet:
    """The routes, the handlers behind them, and the tokens of partner `harbour`."""

    intake: Intake
    topics: Topics
    client: httpx.AsyncClient
    token: str
    exercise_token: str

    async def post(
        self, body: Any, media_type: str = STRUCTURED, *, token: str | None = None, **headers: str
    ) -> httpx.Response:
        """Send a body, as JSON unless it is bytes already."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(
            "/api/v1/partner/events",
            content=content,
            headers={
                "content-type": media_type,
                "authorization": f"Bearer {token or self.token}",
            }
            | names,
        )

    async def sent(self, *events: dict[str, Any]) -> list[dict[str, Any]]:
        """What became of events that are sent as one batch."""
        answer = await self.post(list(events), BATCH)
        assert answer.status_code == 202, answer.text
        told: list[dict[str, Any]] = answer.json()["events"]
        return told

    async def asked(self, event_id: str, **parameters: str) -> httpx.Response:
        return await self.client.get(
            "/api/v1/partner/events",
            params={"id": event_id} | parameters,
            headers={"authorization": f"Bearer {self.token}"},
        )

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with self.intake.pool.connection() as connection:
            return await (await connection.execute(query.encode())).fetchall()

    @property
    def kafka(self) -> Inbound:
        """The handler of the same events from Kafka."""
        return Inbound(self.intake, self.topics)


@pytest_asyncio.fixture
async def an_inlet(a_database: str) -> AsyncIterator[Inlet]:
    """Partner `harbour` was added; nothing came from it so far."""
    topics = Topics()
    wake = Wake(a_database)
    async with open_intake(settings_for(a_database), wake, connections=8) as intake:
        async with intake.pool.connection() as connection:
            await registry.add(connection, "harbour", "Harbour patrol", [], now())
            token = await registry.make_token(connection, "harbour", now())
            drill = await registry.make_token(connection, "harbour", now(), exercise_only=True)
        app = FastAPI()
        problems.install(app)
        app.include_router(router(intake, topics))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://inlet") as client:
            yield Inlet(intake, topics, client, token.secret, drill.secret)
