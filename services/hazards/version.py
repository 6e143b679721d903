"""The version of the hazard rules as a decision records it: the code and the lexicons' content."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from services.hazards.lexicon import files
from services.hazards.structured import RULES_VERSION
from services.hazards.texts import TEXT_RULES_VERSION


@cache
def rules_version() -> str:
    """Like `L0/1 L1/2-4f5a6b7c`: another lexicon is another version."""
    digest = sha256()
    for name, content in files():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return f"{RULES_VERSION} {TEXT_RULES_VERSION}-{digest.hexdigest()[:8]}"
