"""Verifies the ledger of a database, in one snapshot of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from services.ledger.verifying.database_source import SNAPSHOT, Database
from services.ledger.verifying.source import UnreadableError
from services.ledger.verifying.verification import verify

if TYPE_CHECKING:
    from services.ledger.verifying.verdict import Verdict
    from services.ledger.verifying.verification import Progress, VerificationRange
    from services.runtime.database import Connection


async def verify_database(
    connection: Connection, asked: VerificationRange, progress: Progress = lambda *_: None
) -> Verdict:
    """The verdict on what is committed now; the ledger may grow meanwhile."""
    try:
        async with connection.transaction():
            await connection.execute(SNAPSHOT)
            return await verify(Database(connection), asked, progress)
    except psycopg.DataError as error:
        raise UnreadableError(f"a value cannot be read: {type(error).__name__}") from error
