"""`blotter partner rotate | revoke`."""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

from services.cli.installation import find_settings
from services.cli.options import Data
from services.cli.partner import partner_app
from services.cli.partner.refusals import NO_ACCESS_LISTS, refused
from services.intake.partners import registering
from services.intake.partners.registry import PartnerError


@partner_app.command
def rotate(name: str, *, overlap_hours: float = 24, data: Data = None) -> int:
    """A new token, shown once; the earlier ones for real end after the overlap."""
    try:
        token = asyncio.run(registering.rotate(find_settings(data), name, overlap_hours))
    except PartnerError as error:
        return refused(error)
    print(token.secret)
    print(f"The earlier ones end in {overlap_hours:g} h.", file=sys.stderr)
    return 0


@partner_app.command
def revoke(name: str, token: UUID | None = None, *, data: Data = None) -> int:
    """End one token (its id is in `list`), or all of a partner's and its rights on its topics.

    Exit 1 when no token lived.
    """
    try:
        ended, rights = asyncio.run(registering.revoke(find_settings(data), name, token))
    except PartnerError as error:
        return refused(error)
    print(f"{ended} tokens ended, {rights or 0} rights on topics", file=sys.stderr)
    if rights is None:
        print(NO_ACCESS_LISTS, file=sys.stderr)
    return 0 if ended else 1
