"""`blotter agency`: looking at an agency's profile before it is used."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import cyclopts
import orjson
from cyclopts import Parameter

from services.agency.loader import ProfileError, load_profile
from services.agency.retention_loader import load_retention
from services.agency.site_loader import load_site
from services.intake.site.words import untold

agency_app = cyclopts.App(name="agency", help="An agency's profile.")
TOLD = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): (?P<key>.*?): (?P<problem>.*)", re.S)


def problems_of(directory: Path) -> list[str]:
    """Everything that is wrong with a profile, as `file:line: key: problem`.

    The site and the retention rules name types, so they are looked at once the catalogue is right.
    """
    try:
        profile = load_profile(directory)
    except ProfileError as error:
        return list(error.problems)
    problems: list[str] = []
    try:
        load_retention(directory, profile.known_types)
    except ProfileError as error:
        problems += error.problems
    try:
        problems += untold(load_site(directory, profile))
    except ProfileError as error:
        problems += error.problems
    return problems


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
    found = [TOLD.fullmatch(problem) for problem in problems]
    return [one.groupdict() | {"line": int(one["line"])} for one in found if one]
