"""The version of the hazard rules as decisions record it: rule numbers and a digest of the
lexicons.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from services.hazards.lexicon import files
from services.hazards.structured import RULES_VERSION
from services.hazards.texts import TEXT_RULES_VERSION


@cache
def rules_version() -> str:
    """For example `L0/1 L1/2-4f5a6b7c`; a changed lexicon gives another version."""
    digest = sha256()
    for name, content in files():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return f"{RULES_VERSION} {TEXT_RULES_VERSION}-{digest.hexdigest()[:8]}"
