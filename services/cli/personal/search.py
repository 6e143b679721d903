"""`blotter search KIND`: reports by a telephone number, an e-mail address or a plate."""

from __future__ import annotations

import sys

from services.cli.options import Data, Json
from services.cli.personal.print_json import print_json
from services.cli.personal.staff import Staff
from services.projections.search.identifiers import Kind


def search(kind: Kind, *, data: Data = None, json: Json = False) -> int:
    """Reports with a telephone number, an e-mail address or a plate, which is read from stdin.

    Never an argument: arguments are seen by others and stay in histories. Exit 1: none found.
    """
    if sys.stdin.isatty():
        print(f"{kind}: ", end="", file=sys.stderr, flush=True)
    value = sys.stdin.readline().strip()
    with Staff.of(data) as staff:
        found = staff.post("/api/v1/search", {"kind": kind, "value": value})
    if json:
        print_json(found)
    else:
        print(*found["report_numbers"], sep="\n", end="\n" if found["report_numbers"] else "")
    if not found["complete"]:
        print("the index is still being made: there may be more", file=sys.stderr)
    return 0 if found["report_numbers"] else 1
