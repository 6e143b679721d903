"""Numbers of reports by an identifier, for a person whose asking is recorded first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.projections.search.api import MOST
from services.projections.search.identifiers import identifier
from services.projections.search.index import find

if TYPE_CHECKING:
    from services.access.reader import Reader
    from services.ledger.app import ReadSide
    from services.projections.search.identifiers import Kind


class RecordedSearch:
    """The search as another service's page may use it, without knowing the read side."""

    def __init__(self, read_side: ReadSide) -> None:
        self._read_side = read_side

    async def numbers(self, reader: Reader, kind: Kind, value: str) -> list[str] | None:
        """The numbers; None when `value` is nothing one can search by."""
        wanted = identifier(kind, value)
        if wanted is None:
            return None
        async with self._read_side.pool.connection() as connection:
            found, _ = await find(connection, self._read_side.keyring, wanted, MOST)
        await self._read_side.access.searched(reader, kind, len(found))
        return found
