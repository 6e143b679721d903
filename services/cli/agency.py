"""`blotter agency`: looking at an agency's profile before it is used."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import cyclopts
import orjson
from cyclopts import Parameter

from services.intake.site.profile_check import problems_of

agency_app = cyclopts.App(name="agency", help="An agency's profile.")
PROBLEM = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): (?P<key>.*?): (?P<problem>.*)", re.S)


@agency_app.command
def check(
    path: Path, *, json: Annotated[bool, Parameter(name="--json", negative="")] = False
) -> int:
    """Check the profile in a directory; exit 1 with file and line of everything that is wrong."""
    if not path.is_dir():
        print(f"blotter: {path} is not a directory", file=sys.stderr)
        return 2
    problems = problems_of(path)
    if json:
        print(orjson.dumps({"usable": not problems, "problems": _as_objects(problems)}).decode())
    else:
        print("\n".join(problems) if problems else f"{path} is a usable profile")
    return 1 if problems else 0


def _as_objects(problems: list[str]) -> list[dict[str, object]]:
    found = [PROBLEM.fullmatch(problem) for problem in problems]
    return [one.groupdict() | {"line": int(one["line"])} for one in found if one]
