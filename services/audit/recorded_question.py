"""Questions that an operator asks beside the database, each recorded before its answer is shown.

The operator sees every personal value masked.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.access.app import open_access
from services.access.reader import operator
from services.agency.loader import load_profile
from services.audit import record_past
from services.audit.record_as_of import entries_as_of
from services.ledger.proofs.signing import Log, origin_of
from services.projections.personal.visible_fields import VisibleFields
from services.runtime.custody import open_keyring
from services.runtime.database import LONG, connect
from services.runtime.identity import Role
from services.runtime.wake import Wake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.access.reader import Reader
    from services.access.recording import Access
    from services.agency.profile import AgencyProfile
    from services.audit.as_of import AsOf
    from services.audit.record_past import Past
    from services.runtime.database import Connection
    from services.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class RecordedQuestion:
    """The ledger, who asks, and where it is recorded; one run of a command is one session."""

    connection: Connection
    log: Log
    profile: AgencyProfile
    access: Access
    reader: Reader

    async def load(
        self, replay: str, number: str, as_of: AsOf | None = None
    ) -> tuple[Past, VisibleFields]:
        """The record's past, once the replay is recorded, and what may be seen of it: masks."""
        past = await record_past.load(self.connection, self.log.keyring, number)
        entries = entries_as_of(past, as_of)
        await self.access.replayed(
            self.reader,
            replay,
            number=number,
            records=past.record.ids,
            as_of=as_of.words if as_of else None,
            through_position=entries[-1].position,
        )
        return past, VisibleFields(Role.AUDITOR, hidden=past.record.hidden)


@asynccontextmanager
async def open_question(settings: Settings) -> AsyncIterator[RecordedQuestion]:
    """The ledger and what recording needs, until the block ends."""
    profile, keyring = load_profile(settings.agency), open_keyring(settings)
    wake = Wake(settings.database_url)
    async with (
        open_access(settings, wake, keyring, connections=1) as access,
        await connect(settings.database_url, "projections", LONG) as connection,
    ):
        log = Log(keyring, origin_of(profile))
        yield RecordedQuestion(connection, log, profile, access, operator())
