"""`blotter triage shadow`, `promote`, `rollback` and `bundles`."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
from cyclopts import Parameter

from events.topics import Topics
from services.access.app import open_access
from services.access.reader import operator
from services.agency.loader import load_profile
from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.cli.triage import show_shadow, triage_app
from services.cli.triage.rehearsal_bar import RehearsalBar
from services.runtime.clock import new_id, now
from services.runtime.custody import open_keyring
from services.runtime.database import connect
from services.runtime.event_store import EventStore
from services.runtime.identity import Role, holder_of
from services.runtime.wake import Wake
from services.triage import activating, runs, shelf
from services.triage.activating import By, Override
from services.triage.bundle_files import usable
from services.triage.domain.activations import NotNowError
from services.triage.rehearsing import Rehearsing
from services.triage.shadowing import Ledger, rehearse
from services.triage.training.tables import TableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from events.triage import BundleActivated
    from services.access.reader import Reader
    from services.runtime.database import Connection
    from services.runtime.settings import Settings
    from services.triage.runs import Run

Which = Annotated[str, Parameter(name="--bundle", help="A file, or the beginning of a hash.")]
APPROVERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Office:
    """One run of the command line beside triage's tables."""

    settings: Settings
    connection: Connection
    rehearsing: Rehearsing
    reader: Reader

    def by(self, reason: str) -> By:
        return By(self.reader.actor, reason, new_id())


@triage_app.command
def shadow(
    *,
    bundle: Which,
    since: datetime | None = None,
    against: str | None = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Decide again what was triaged since then, by another bundle than the one in force.

    In order, among the candidates of that time; nothing follows from it. Exit 1 when a gate fails.

    Parameters
    ----------
    since
        The first day or moment, UTC; without it everything.
    against
        Compare with this bundle instead of the one in force; then nothing can be promoted by it.
    """
    start = since if since is None or since.tzinfo else since.replace(tzinfo=UTC)
    return asyncio.run(_shadow(data, bundle, against, start, as_json=json))


@triage_app.command
def promote(
    *,
    bundle: Which,
    reason: str,
    despite_gates: str | None = None,
    approver_token_file: Path | None = None,
    data: Data = None,
) -> int:
    """Put a bundle in force that passed a rehearsal; twice is once. Exit 1 when it may not be.

    Parameters
    ----------
    despite_gates
        Why it is to be in force though a gate fails; takes a second person.
    approver_token_file
        File with an API token of the second person, a supervisor or administrator.
    """
    return asyncio.run(_promote(data, bundle, reason, despite_gates, approver_token_file))


@triage_app.command
def rollback(*, bundle: Which, reason: str, data: Data = None) -> int:
    """Take this bundle out of force at once and have the one before again; twice is once."""

    async def done(office: Office) -> BundleActivated | None:
        leave = await _which(office.connection, bundle)
        by = office.by(reason)
        return await office.rehearsing.roll_back(office.connection, leave, by)

    return asyncio.run(_changed(data, done))


@triage_app.command
def bundles(*, data: Data = None, json: Json = False) -> int:
    """Which bundle is in force, since when, and every one before it."""

    async def listed() -> None:
        async with _office(data) as office:
            found = await activating.activations(office.connection, office.rehearsing.events)
        rows = [each.model_dump(mode="json") for each in reversed(found.past)]
        if json:
            print(orjson.dumps(rows).decode())
            return
        for row in rows:
            print(f"{row['activated_at']}  {row['bundle'][:12]}  {row['how']}: {row['reason']}")

    asyncio.run(listed())
    return 0


@asynccontextmanager
async def _office(data: Path | None) -> AsyncIterator[Office]:
    settings = find_settings(data)
    profile, topics = load_profile(settings.agency), Topics(settings.topic_prefix)
    events = EventStore("triage", topics, open_keyring(settings))
    rehearsing = Rehearsing(events, topics.of("intake"), settings.agency, profile.zone)
    async with await connect(settings.database_url, "triage") as connection:
        yield Office(settings, connection, rehearsing, operator())


async def _which(connection: Connection, given: str) -> str:
    """The hash of a file, kept from now on, or of a bundle that is kept already."""
    content = _content(Path(given))
    if content is None:
        return await shelf.named(connection, given)
    usable(content)
    return await shelf.put(connection, content, now())


def _content(file: Path) -> bytes | None:
    """What is in a file; None when there is none of that name."""
    if not file.is_file():
        return None
    try:
        return file.read_bytes()
    except OSError as error:
        raise TableError(f"{file}: {error.strerror}") from None


async def _shadow(
    data: Path | None, given: str, against: str | None, since: datetime | None, *, as_json: bool
) -> int:
    async with _office(data) as office, AsyncExitStack() as stack:
        own = office.connection
        candidate = usable(await shelf.take(own, await _which(own, given)))
        newest = (await activating.activations(own, office.rehearsing.events)).newest
        if against is None and newest is None:
            raise TableError("nothing is in force yet: start triage, or say --against")
        other = await _which(own, against) if against else newest.bundle if newest else ""
        baseline = usable(await shelf.take(own, other))
        await _record(office, since)
        url = office.settings.database_url
        reading, asking = [
            await stack.enter_async_context(await connect(url, "projections")) for _ in range(2)
        ]
        ledger = Ledger(reading, asking, own, open_keyring(office.settings))
        with RehearsalBar() as told:
            run = await rehearse(ledger, baseline, candidate, since, office.reader.who, told)
        return await _tell(office, run, as_json=as_json)


async def _record(office: Office, since: datetime | None) -> None:
    """A rehearsal reads what people wrote, by software; that it was run is on record."""
    settings = office.settings
    wake, keyring = Wake(settings.database_url), open_keyring(settings)
    async with open_access(settings, wake, keyring, connections=1) as access:
        words = f"since {since.isoformat()}" if since else None
        await access.replayed(office.reader, "shadow", as_of=words)


async def _tell(office: Office, run: Run, *, as_json: bool) -> int:
    gates = office.rehearsing.gates(run)
    differences = await runs.differences(office.connection, run.run_id)
    if as_json:
        print(orjson.dumps(show_shadow.as_json(run, gates, differences)).decode())
    else:
        show_shadow.show(run, gates, differences)
    return 0 if all(gate.passed for gate in gates) else 1


async def _promote(
    data: Path | None, given: str, reason: str, despite: str | None, token_file: Path | None
) -> int:
    if (despite is None) != (token_file is None):
        raise TableError("--despite-gates and --approver-token-file go together")

    async def done(office: Office) -> BundleActivated | None:
        override = None
        if despite is not None and token_file is not None:
            override = Override(despite, await _approver(office, token_file))
        bundle = await _which(office.connection, given)
        by = office.by(reason)
        return await office.rehearsing.promote(office.connection, bundle, by, override)

    return await _changed(data, done)


async def _approver(office: Office, file: Path) -> str:
    if (token := _content(file)) is None:
        raise TableError(f"{file}: no such file")
    found = await holder_of(office.connection, token.decode(errors="replace").strip())
    if found is None or found.role not in APPROVERS:
        raise NotNowError("the second person's token is not of a supervisor or administrator")
    return f"{found.role.value}/{found.account}"


async def _changed(
    data: Path | None, change: Callable[[Office], Awaitable[BundleActivated | None]]
) -> int:
    try:
        async with _office(data) as office:
            activated = await change(office)
    except NotNowError as error:
        print(f"blotter: refused: {error}", file=sys.stderr)
        return 1
    if activated is None:
        print("that is so already: nothing was changed")
    else:
        print(f"{activated.bundle} is in force ({activated.how}) since {activated.activated_at}")
    return 0
