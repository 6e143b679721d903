"""Questions about history beside the database, each recorded before its answer is shown.

Asked as the operator, who sees every personal value masked.
"""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.access.app import open_access
from services.access.reader import operator
from services.agency.loader import load_profile
from services.audit import past as queries
from services.audit.as_of import BadAsOfError
from services.audit.elsewhere.remote import CannotTellError, FoundWrongError
from services.audit.known import NotYetError
from services.audit.refusals import CannotCompareError, MisledError, UnknownNumberError
from services.audit.showing import entries_as_of
from services.cli.installation import find_settings
from services.ledger.proofs.signing import Log, origin_of
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
    from services.agency.profile import AgencyProfile
    from services.audit.as_of import AsOf
    from services.audit.past import Past
    from services.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Asking:
    """One run of the command line, which is a session of its own."""

    connection: Connection
    log: Log
    profile: AgencyProfile
    access: Access
    reader: Reader

    async def load(self, replay: str, number: str, as_of: AsOf | None = None) -> tuple[Past, Sight]:
        """The record's past, once the replay is recorded, and what may be seen of it: masks."""
        past = await queries.load(self.connection, self.log.keyring, number)
        entries = entries_as_of(past, as_of)
        await self.access.replayed(
            self.reader,
            replay,
            number=number,
            records=past.record.ids,
            as_of=as_of.words if as_of else None,
            through_position=entries[-1].position,
        )
        return past, Sight(Role.AUDITOR, hidden=past.record.hidden)


@asynccontextmanager
async def open_asking(data: Path | None) -> AsyncIterator[Asking]:
    """The ledger and what recording needs, until the block ends."""
    settings = find_settings(data)
    profile, keyring = load_profile(settings.agency), open_keyring(settings)
    wake = Wake(settings.database_url)
    async with (
        open_access(settings, wake, keyring, connections=1) as access,
        await connect(settings.database_url, "projections") as connection,
    ):
        yield Asking(connection, Log(keyring, origin_of(profile)), profile, access, operator())


@contextmanager
def wrong_or_untold() -> Iterator[None]:
    """Errors of asking as what an exit code says: 1 something is wrong, 2 nobody can tell."""
    try:
        yield
    except (MisledError, FoundWrongError) as error:
        print(f"blotter: {error}", file=sys.stderr)
        sys.exit(1)
    except (UnknownNumberError, BadAsOfError, NotYetError, CannotCompareError) as error:
        raise CannotTellError(str(error)) from None
