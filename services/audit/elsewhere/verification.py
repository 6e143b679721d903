"""Verifying an installation elsewhere: by its own word, or its tiles here with a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.audit.elsewhere.remote import CannotTellError
from services.ledger.verifying.verification import verify

if TYPE_CHECKING:
    from services.audit.elsewhere.whole_log import Elsewhere
    from services.ledger.verifying.verification import Progress, VerificationRange


async def verify_elsewhere(
    server: Elsewhere, number: str | None, asked: VerificationRange, progress: Progress
) -> dict[str, Any]:
    """The summary of a verdict; with pinned keys made here from the server's tiles, else its own.

    CannotTellError for a record with pinned keys: a server's word cannot be checked with them.
    """
    if not asked.pinned:
        return server.verdict(number, asked.first, asked.last, progress)
    if number is not None:
        raise CannotTellError(
            "a server's word on a record cannot be checked with a key: export the record,"
            " and give --key to verify --offline"
        )
    return (await verify(server.tiles(), asked, progress)).summary()
