"""A public web process of intake on a real Postgres, without Kafka."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest_asyncio
import uvicorn

from services.intake.open311 import keys
from services.runtime.clock import now
from services.runtime.database import connect
from services.web import create_app
from tests.integration.access.conftest import settings_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runtime.database import Connection
    from services.runtime.settings import Settings

AGENCY = Path(__file__).parents[4] / "deploy" / "agency" / "chesterfield"


@dataclass
class Counter:
    """The served endpoint: its address, a valid key, a client, and the database behind it."""

    url: str
    key: str
    http: httpx.AsyncClient
    database: Connection

    async def file(self, ending: str = "json", **fields: str) -> httpx.Response:
        """Post a request; a street light unless said otherwise."""
        form = {"api_key": self.key, "service_code": "street-light", "description": "It is dark"}
        place = {"lat": "37.37713", "long": "-77.50551"}
        form = {k: v for k, v in (form | place | fields).items() if v}
        return await self.http.post(f"/requests.{ending}", data=form)

    async def filed(self, **fields: str) -> str:
        """The number of a new request of a realtime type."""
        answer = await self.file(**fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()[0]["service_request_id"])

    async def reports(self) -> int:
        cursor = await self.database.execute("select count(*) from intake.reports")
        row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def triaged(self, number: str, **changes: object) -> None:
        """What the fold of triage's decision leaves of a report, changed where a test says so."""
        columns: dict[str, object] = {
            "type": "street-light",
            "emergency": "none",
            "triaged_at": now(),
            "channel": "api",
            "purpose": "live",
            "district": None,
            "call_id": None,
        }
        columns |= changes
        await self.database.execute(
            f"insert into projections.case_status_reports (key, received_position, report_number,"
            f" received_at, position, {', '.join(columns)})"
            " select report_id::text, (select count(*) from projections.case_status_reports),"
            f" report_number, submitted_at, 0, {', '.join(['%s'] * len(columns))}"
            " from intake.reports where report_number = %s",
            [*columns.values(), number],
        )


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[str]:
    """The address of a running web process with intake's routes."""
    app = create_app(settings, ["intake"])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn rings no bell
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/open311/v2"
    finally:
        server.should_exit = True
        await running


def _client(url: str) -> httpx.AsyncClient:
    """Loads no certificates, which would take longer than most of the tests; it is plain HTTP."""
    return httpx.AsyncClient(base_url=url, timeout=20, verify=False)


@pytest_asyncio.fixture
async def a_counter(a_database: str) -> AsyncIterator[Counter]:
    """An endpoint without requests, and an application that may file."""
    settings = settings_for(a_database).model_copy(update={"agency": AGENCY})
    async with await connect(a_database, "intake") as connection:
        _, key = await keys.add(connection, "a city's application", now())
        async with served(settings) as url, _client(url) as http:
            yield Counter(url, key, http, connection)
