"""Replaying beside the database: as the operator, every value masked, every replay recorded."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.access.app import open_access
from services.access.reader import operator
from services.cli.audit.remote import CannotTellError, FoundWrongError
from services.cli.finding import find_settings
from services.projections.audit import queries
from services.projections.audit.as_of import BadAsOfError
from services.projections.audit.queries import MisledError
from services.projections.audit.refusals import CannotReplayError, UnknownNumberError
from services.projections.audit.showing import entries_as_of
from services.projections.personal.sight import Sight
from services.runtime.custody import open_keyring
from services.runtime.database import connect
from services.runtime.identity import Role
from services.runtime.wake import Wake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from services.access.reader import Reader
    from services.access.recording import Access
    from services.projections.audit.as_of import AsOf
    from services.projections.audit.queries import Past
    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Replaying:
    """One run of the command line, which is a session of its own."""

    connection: Connection
    keyring: Keyring
    access: Access
    reader: Reader

    async def load(self, replay: str, number: str, as_of: AsOf | None = None) -> tuple[Past, Sight]:
        """The record's past, once the replay is recorded, and what may be seen of it: masks."""
        past = await queries.load(self.connection, self.keyring, number)
        entries = entries_as_of(past, as_of)
        await self.access.replayed(
            self.reader, replay, number=number, records=past.record.ids,
            as_of=as_of.words if as_of else None, through_position=entries[-1].position,
        )  # fmt: skip
        return past, Sight(Role.AUDITOR, hidden=past.record.hidden)


@asynccontextmanager
async def open_replaying(data: Path | None) -> AsyncIterator[Replaying]:
    """What replaying needs, until the block ends."""
    settings = find_settings(data)
    keyring, wake = open_keyring(settings), Wake(settings.database_url)
    async with (
        open_access(settings, wake, keyring, connections=1) as access,
        await connect(settings.database_url, "projections") as connection,
    ):
        yield Replaying(connection, keyring, access, operator())


@contextmanager
def wrong_or_untold() -> Iterator[None]:
    """Errors of replaying as what an exit code says: 1 something is wrong, 2 nobody can tell."""
    try:
        yield
    except (MisledError, FoundWrongError) as error:
        print(f"blotter: {error}", file=sys.stderr)
        sys.exit(1)
    except (UnknownNumberError, BadAsOfError, CannotReplayError) as error:
        raise CannotTellError(str(error)) from None
