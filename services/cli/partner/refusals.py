"""What the verbs of `blotter partner` tell besides their answers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.intake.partners.registry import PartnerError

NO_ACCESS_LISTS = "This broker keeps no access lists: whoever reaches it can write as any partner."


def refused(error: PartnerError) -> int:
    """Print why; exit 1."""
    print(f"blotter: {error}", file=sys.stderr)
    return 1
