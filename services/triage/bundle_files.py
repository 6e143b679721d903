"""Building a bundle from an agency's directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from services.agency.loader import FILES, load_profile
from services.triage.domain.bundle import (
    Bundle,
    BundleError,
    failed_gates,
    make_bundle,
    read_bundle,
)

if TYPE_CHECKING:
    from pathlib import Path

CLASSIFIER: Final = "classifier.json"
DUPLICATES: Final = "duplicates.json"
"""Both are learned and optional: without them key words decide the type, with the default weights.
"""


def build(agency: Path) -> tuple[bytes, Bundle]:
    """The bundle of an agency. ProfileError, or BundleError when a part is bad or a gate fails."""
    load_profile(agency)  # reports every problem at once
    profile = {name: (agency / name).read_bytes() for name in FILES}
    learned, duplicates = _learned(agency / CLASSIFIER), _learned(agency / DUPLICATES)
    try:
        content = make_bundle(profile, learned, duplicates or {})
    except ValueError as error:
        raise BundleError(f"{agency / DUPLICATES}: {error}") from None
    return content, usable(content)


def usable(content: bytes) -> Bundle:
    """The bundle in these bytes; BundleError unless it passes its own checks."""
    bundle = read_bundle(content)
    if failed := list(failed_gates(bundle)):
        raise BundleError("the bundle fails its gates: " + "; ".join(failed))
    return bundle


def _learned(file: Path) -> dict[str, Any] | None:
    if not file.exists():
        return None
    try:
        found = orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise BundleError(f"{file}: {error}") from None
    if not isinstance(found, dict):
        raise BundleError(f"{file}: not an object")
    return found
