"""An operator's session on triage's tables: finding, activating and approving bundles."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from events.topics import Topics
from services.access.reader import operator
from services.agency.loader import load_profile
from services.runtime.clock import new_id, now
from services.runtime.custody import open_keyring
from services.runtime.database import LONG, connect
from services.runtime.event_store import EventStore
from services.runtime.identity import Role, holder_of
from services.triage import stored_bundles
from services.triage.activating import Author
from services.triage.bundle_files import usable
from services.triage.domain.activations import NotNowError
from services.triage.rehearsing import Rehearsing
from services.triage.training.tables import TableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.access.reader import Reader
    from services.runtime.database import Connection
    from services.runtime.settings import Settings

APPROVERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class OperatorSession:
    """One run of a command."""

    settings: Settings
    connection: Connection
    rehearsing: Rehearsing
    reader: Reader

    def by(self, reason: str) -> Author:
        """The operator as the actor of an activation, with this reason."""
        return Author(self.reader.actor, reason, new_id())


@asynccontextmanager
async def open_session(settings: Settings) -> AsyncIterator[OperatorSession]:
    """A session with a connection of its own, until the block ends."""
    profile, topics = load_profile(settings.agency), Topics(settings.topic_prefix)
    events = EventStore("triage", topics, open_keyring(settings))
    rehearsing = Rehearsing(events, topics.of("intake"), settings.agency, profile.zone)
    async with await connect(settings.database_url, "triage", LONG) as connection:
        yield OperatorSession(settings, connection, rehearsing, operator())


async def find_bundle(session: OperatorSession, given: str) -> str:
    """The hash of a bundle, given as a file (stored now) or as a prefix of a stored bundle's hash.

    BundleError when it cannot be used, or is neither a file nor the prefix of exactly one hash.
    """
    content = _content(Path(given))
    if content is None:
        return await stored_bundles.with_prefix(session.connection, given)
    usable(content)
    return await stored_bundles.put(session.connection, content, now())


async def approver(session: OperatorSession, token_file: Path) -> str:
    """Role and account of the token in a file; NotNowError unless it may approve.

    TableError when there is no such file.
    """
    if (token := _content(token_file)) is None:
        raise TableError(f"{token_file}: no such file")
    found = await holder_of(session.connection, token.decode(errors="replace").strip())
    if found is None or found.role not in APPROVERS:
        raise NotNowError("the second person's token is not of a supervisor or administrator")
    return f"{found.role.value}/{found.account}"


def _content(file: Path) -> bytes | None:
    """The content of a file; None when there is none of that name."""
    if not file.is_file():
        return None
    try:
        return file.read_bytes()
    except OSError as error:
        raise TableError(f"{file}: {error.strerror}") from None
