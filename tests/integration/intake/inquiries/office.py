"""An office that answers questions: its site, its console, and the ledger kept up without Kafka."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from events.codec import decode
from events.topics import Topics, partition_of
from services.agency.site_loader import load_site
from services.intake.app import open_intake
from services.intake.inquiries.profile_answers import adopt
from services.ledger.append import append
from services.projections.runner import Runner
from services.projections.views.answers import ANSWERS
from services.projections.views.inquiries import INQUIRIES
from services.runtime.clock import now
from services.runtime.database import connect
from services.runtime.identity import Role, make_token
from services.runtime.kafka import Record
from services.runtime.keyring import Keyring, subjects_of, unseal
from services.runtime.wake import Wake
from services.web import create_app
from tests.integration.intake.conftest import KEY, settings_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from events.envelope import Envelope
    from services.runtime.settings import Settings


@dataclass
class Office:
    """One installation without its processes; `settle` does what they would."""

    settings: Settings
    client: httpx.AsyncClient
    tokens: dict[str, str]

    @property
    def url(self) -> str:
        return self.settings.database_url

    async def adopt(self, directory: Path | None = None) -> int:
        """Publish what the profile says, as intake does at its start; gives how many changed."""
        async with open_intake(self.settings, Wake(self.url)) as intake:
            site = load_site(directory or self.settings.agency, intake.profile)
            changed = await adopt(intake, site, now())
        await self.settle()
        return changed

    async def settle(self) -> None:
        """Everything committed reaches the ledger, and the views of questions and answers."""
        async with await connect(self.url, "projections") as connection:
            async with connection.transaction():
                await append(connection, await self._records())
            for view in (INQUIRIES, ANSWERS):
                runner = Runner(view)
                await runner.prepare(connection)
                while await runner.step(connection):
                    pass

    async def _records(self) -> list[Record]:
        records = []
        for place, (body, envelope) in enumerate(await self._stored()):
            topic = Topics().of(envelope.type.partition(".")[0])
            key, partition = envelope.stream_id.encode(), partition_of(envelope.stream_id)
            records.append(Record(topic, partition, place, key, body, (), place + 1))
        return records

    async def _stored(self) -> list[tuple[bytes, Envelope]]:
        async with await connect(self.url, "public") as connection:
            cursor = await connection.execute(
                "select body from intake.events union all select body from access.events"
            )
            bodies = [bytes(row[0]) for row in await cursor.fetchall()]
        return [(body, decode(body)) for body in bodies]

    async def events(self, kind: str = "") -> list[Envelope]:
        """What is committed, opened, in the order of its times; of one kind if that is given."""
        found = [each for _, each in await self._stored() if kind in each.type]
        async with await connect(self.url, "runtime") as connection:
            keys = await Keyring(KEY).find(connection, subjects_of(each.data for each in found))
        found.sort(key=lambda each: (each.recorded_at, each.stream_id, each.version))
        return [unseal(each, keys) for each in found]

    async def count(self, table: str) -> int:
        async with await connect(self.url, "public") as connection:
            cursor = await connection.execute(f"select count(*) from {table}".encode())
            (number,) = await cursor.fetchone() or (0,)
        return int(number)

    def as_(self, role: str) -> dict[str, str]:
        """Headers of a member of staff, or of a browser that is none."""
        return {"authorization": f"Bearer {self.tokens[role]}"}


@asynccontextmanager
async def open_office(database_url: str, agency: str) -> AsyncIterator[Office]:
    """The office of an agency; nothing is published yet."""
    settings = settings_for(database_url, agency)
    app = create_app(settings, ["intake", "projections"])
    async with await connect(database_url, "runtime") as connection:
        tokens = {role.value: await make_token(connection, role, role.value) for role in Role}
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://site") as client,
    ):
        yield Office(settings, client, tokens)
