"""One pass of reports through every station; the output of one is the backlog of the next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

from events.topics import PARTITIONS, partition_of
from services.projections.runner import Runner
from services.projections.views import VIEWS
from services.runtime.database import connect
from services.runtime.inbox import Inbox
from services.runtime.kafka import Admin, Outgoing, Producer, Reader
from services.runtime.relay import BATCH as RELAY_BATCH
from services.runtime.relay import CONTENT_TYPE
from services.triage.agents import BATCH as TRIAGE_BATCH
from tests.bench.empty import (
    LEDGER_COLUMNS,
    EmptyView,
    PreparedLeaves,
    bare_copy,
    empty_inbox,
    rows_of,
)
from tests.bench.floors import bare_consume, bare_faust, bare_produce, triage_under_faust
from tests.bench.line import Line, a_copy, nobody_waits
from tests.bench.relaying import relay, send_unnumbered
from tests.bench.reports import PARTNER, partner_records
from tests.bench.undecided import undecided_casework, undecided_intake, undecided_triage

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from services.projections.view import View
    from services.runtime.kafka import Record
    from services.triage.handlers import Triage
    from tests.servers import Servers

EMPTY = ", empty decision"
PRODUCE, CONSUME = "bare kafka-python produce", "bare kafka-python consume"
FAUST, COPY = "bare Faust noack_take", "bare binary COPY"


@dataclass
class Round:
    """One pass of `count` reports through every station, with the rates found on the way."""

    servers: Servers
    line: Line
    seed: int
    count: int
    rates: dict[str, float] = field(default_factory=dict)

    async def run(self) -> dict[str, float]:
        steps: tuple[Callable[[], Coroutine[None, None, None]], ...] = (
            self._intake,
            self._relay,
            self._triage,
            self._casework,
            self._ledger,
            self._views,
        )
        for step in steps:
            await step()
        return self.rates

    async def _intake(self) -> None:
        line, inbound = self.line, self.line.topics.inbound(PARTNER)
        admin, producer = (
            Admin(line.settings.kafka_bootstrap),
            Producer(line.settings.kafka_bootstrap),
        )
        replies, scratch = line.topics.replies(PARTNER), self._scratch
        await admin.ensure([inbound, replies, scratch, *line.topics.ours])
        await admin.close()
        records = partner_records(self.seed, self.count, inbound)
        for first in range(0, self.count, RELAY_BATCH):
            await producer.send_all(records[first : first + RELAY_BATCH])
        await producer.close()
        async with a_copy(self.servers, line, "empty") as copy:
            async with line.intake() as inbox:
                self.rates["intake inbound"] = await line.drain(
                    inbox, [inbound], self.count, at_once=500, numbered_by_owner=False
                )
            async with undecided_intake(copy, records) as inbox:
                self.rates["intake inbound" + EMPTY] = await copy.drain(
                    inbox, [inbound], self.count, at_once=500, numbered_by_owner=False
                )

    async def _relay(self) -> None:
        async with a_copy(self.servers, self.line, "empty") as copy:
            self.rates["relay" + EMPTY] = await send_unnumbered(copy, self._scratch)
        self.rates["relay"] = await relay(self.line, "intake")
        rows = await rows_of(self.line, "intake", "stream_id, body", "events", "event_id")
        records = [
            Outgoing(self._scratch, partition_of(key), key.encode(), bytes(body), (CONTENT_TYPE,))
            for key, body in rows
        ]
        bootstrap = self.line.settings.kafka_bootstrap
        self.rates[PRODUCE] = await asyncio.to_thread(bare_produce, bootstrap, records)
        reports = self.line.topics.of("intake")
        self.rates[CONSUME] = await asyncio.to_thread(bare_consume, bootstrap, reports, self.count)

    async def _triage(self) -> None:
        line, reports = self.line, self.line.topics.of("intake")
        self.rates[FAUST] = await bare_faust(line, reports, self.count)
        backlog = await _read_all(line, reports, self.count)
        async with (
            a_copy(self.servers, line, "empty") as copy,
            a_copy(self.servers, line, "alone") as alone,
        ):
            async with alone.triage() as triage:
                self.rates["triage handler"] = await _triage_alone(triage, backlog)
            async with undecided_triage(copy, alone) as undecided:
                self.rates["triage handler" + EMPTY] = await _triage_alone(undecided, backlog)
        async with line.triage() as triage:
            self.rates["triage under Faust"] = await triage_under_faust(
                line, triage, reports, self.count
            )
        await relay(line, "triage")

    async def _casework(self) -> None:
        line, source = self.line, self.line.topics.of("triage")
        async with a_copy(self.servers, line, "empty") as copy:
            async with line.casework() as inbox:
                self.rates["casework"] = await line.drain(inbox, [source], self.count)
            async with undecided_casework(copy, line) as inbox:
                self.rates["casework" + EMPTY] = await copy.drain(inbox, [source], self.count)
        await relay(line, "casework")

    async def _ledger(self) -> None:
        line = self.line
        events = {name: await _published(line, name) for name in ("intake", "triage", "casework")}
        topics, total = [line.topics.of(name) for name in events], sum(events.values())
        async with a_copy(self.servers, line, "mixed") as copy, copy.ledger() as inbox:
            self.rates["ledger, all topics at once"] = await copy.drain(
                inbox, topics, total, at_once=2000
            )
        async with a_copy(self.servers, line, "empty") as copy:
            async with line.ledger() as inbox:
                seconds = [
                    count / await line.drain(inbox, [line.topics.of(name)], count, at_once=2000)
                    for name, count in events.items()
                ]
            self.rates["ledger"] = total / sum(seconds)
            rows = await rows_of(line, "projections", LEDGER_COLUMNS, "ledger", "position")
            prepared = PreparedLeaves(rows)
            async with empty_inbox(copy, "ledger", "projections", prepared) as inbox:
                self.rates["ledger" + EMPTY] = await copy.drain(inbox, topics, total, at_once=2000)
        self.rates[COPY] = await bare_copy(line, rows)

    async def _views(self) -> None:
        rows = await rows_of(self.line, "projections", "body", "ledger", "position")
        bodies = [bytes(body) for (body,) in rows]
        async with a_copy(self.servers, self.line, "empty") as copy:
            for view in VIEWS:
                self.rates[f"view {view.name}"] = await _view(self.line, view, len(bodies))
                empty = EmptyView(view)
                await empty.prepare(self.line, bodies)
                self.rates[f"view {view.name}{EMPTY}"] = await empty.rate(copy, len(bodies))

    @property
    def _scratch(self) -> str:
        return f"{self.line.settings.topic_prefix}.scratch"


async def _published(line: Line, schema: str) -> int:
    return len(await rows_of(line, schema, "event_id", "events", "event_id"))


async def _read_all(line: Line, topic: str, count: int) -> list[Record]:
    reader = Reader(line.settings.kafka_bootstrap)
    records: list[Record] = []
    await reader.open({(topic, partition): None for partition in range(PARTITIONS)})
    while len(records) < count:
        records += await reader.batch(2.0)
    await reader.close()
    return records


async def _triage_alone(triage: Triage, backlog: list[Record]) -> float:
    inbox, began = Inbox("triage", triage.pool, triage, nobody_waits), perf_counter()
    for first in range(0, len(backlog), TRIAGE_BATCH):
        records = backlog[first : first + TRIAGE_BATCH]
        await triage.prepare(records)
        await inbox.apply(records)
    return len(backlog) / (perf_counter() - began)


async def _view(line: Line, view: View, count: int) -> float:
    async with await connect(line.database_url, "projections") as connection:
        runner = Runner(view)
        await runner.prepare(connection)
        began = perf_counter()
        while await runner.step(connection):
            pass
        return count / (perf_counter() - began)
