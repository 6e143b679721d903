"""`python -m tests.safety`: the figures of all sets as JSON; no held-out text is shown."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from services.hazards.version import rules_version
from tests.safety.scoring import score, worst
from tests.safety.texts import HELD_OUT, held_out, held_out_digest, own

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.safety.texts import SafetyText


def main() -> None:
    """Print the report."""
    report: dict[str, object] = {"rules": rules_version(), "own": _figures(own())}
    for name in HELD_OUT:
        report[name] = {"sha256": held_out_digest(name)} | _figures(held_out(name))
    json.dump(report, sys.stdout, indent=1)
    print()


def _figures(texts: Iterable[SafetyText]) -> dict[str, object]:
    whole, cells = score(texts)
    found = worst(cells)
    cell = {"cell": found[0]} | found[1].summary() if found else None
    return {
        "all": whole.summary(),
        "worst_cell": cell,
        "cells": {name: cells[name].summary() for name in sorted(cells)},
    }


if __name__ == "__main__":
    main()
