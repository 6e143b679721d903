"""The Faust agent: a thin loop around the handler, in the only form proven safe (kafka.md).

Faust delivers records and tracks offsets; our own numbers decide whether a record is new. The
consumer group is named after the topic's id, so a re-created topic is read from its start. A
truncated log needs more: Faust drops records below the offset it remembers, and a committed offset
beyond the end makes it drop them permanently. Hence `truncated` and `usable_group`.
"""

from __future__ import annotations

from functools import partial
from itertools import count
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import faust
import mode
from faust.tables.manager import TableManager

from services.runtime.kafka import NUMBER, Record, parse_number

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from services.runtime.database import Connection
    from services.runtime.inbox import Inbox
    from services.runtime.kafka import Admin

BATCH = 200
WITHIN_SECONDS = 0.15


Prepared = TypeVar("Prepared")


class PreparingHandler(Protocol[Prepared]):
    """Commits reports as candidates before they are decided, then decides them."""

    async def prepare(self, records: Sequence[Record]) -> Prepared: ...

    async def __call__(
        self, connection: Connection, records: Sequence[Record], prepared: Prepared
    ) -> None: ...


class NoTables(TableManager):
    """Replaces Faust's tables, which are unused: Faust waits a second for them at its start."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


async def usable_group(admin: Admin, topic: str, topic_id: str) -> str:
    """The first group of this topic with no committed offset beyond the end of its log."""
    ends = await admin.ends(topic)
    for generation in count():
        group = f"{topic}-triage-{topic_id}-{generation}"
        committed = await admin.committed(group, topic)
        if all(offset <= ends.get(partition, 0) for partition, offset in committed.items()):
            return group
    raise AssertionError


def truncated(seen: Mapping[int, int], ends: Mapping[int, int]) -> bool:
    """Whether the log ends at or before an offset that was read."""
    return any(offset >= ends.get(partition, 0) for partition, offset in seen.items())


def faust_app(bootstrap: str, group: str, replica: str) -> faust.App:
    """An app with the settings of kafka.md; web, tables, leader and sinks are not used."""
    app = faust.App(
        group,
        broker=f"kafka://{bootstrap}",
        processing_guarantee="at_least_once",
        agent_supervisor=mode.CrashingSupervisor,
        stream_wait_empty=False,
        table_standby_replicas=0,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=1.0,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=3.0,
        consumer_group_instance_id=f"triage-{replica}",
        web_enabled=False,
        TableManager=NoTables,
        datadir=str(Path(gettempdir()) / "blotter-faust"),  # created, though no table is used
    )
    app.conf.web_enabled = False
    return app


def add_agent(
    app: faust.App,
    topic: str,
    inbox: Inbox,
    triage: PreparingHandler[Prepared],
    beat: Callable[[], None],
) -> dict[int, int]:
    """Let `app` pass the topic's records to the inbox, and acknowledge only committed ones.

    Gives the last offset read of each partition, updated continuously.
    """
    seen: dict[int, int] = {}
    source = app.topic(
        topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
    )

    @app.agent(source)
    async def triage_reports(stream: Any) -> None:
        async for events in _batches(stream):
            records = [_record(event) for event in events]
            prepared = await triage.prepare(records)
            await inbox.apply(records, partial(triage, prepared=prepared))
            seen.update({record.partition: record.offset for record in records})
            beat()
            for event in events:
                await stream.ack(event)

    return seen


def _batches(stream: Any) -> AsyncIterator[Sequence[Any]]:
    return stream.noack_take(BATCH, within=WITHIN_SECONDS)  # type: ignore[no-any-return]


def _record(event: Any) -> Record:
    message = event.message
    headers = event.headers or {}
    pairs = headers.items() if isinstance(headers, dict) else headers
    named = {name: bytes(value) for name, value in pairs}
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key=event.key,
        value=event.value,
        headers=tuple(named.items()),
        number=parse_number(named.get(NUMBER)),
    )
