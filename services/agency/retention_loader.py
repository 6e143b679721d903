"""Reading `retention.toml`: every problem at once, with file and line."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from services.agency.loader import ProfileError
from services.agency.retention import RETENTION_BASIS, Retention

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FILE: Final = "retention.toml"
HEADER = re.compile(r"\s*\[\[?\s*([a-z_.]+)\s*\]\]?")


def load_retention(directory: Path, types: frozenset[str]) -> Retention:
    """The agency's rules; ProfileError with all problems. `types` is its catalogue."""
    try:
        text = (directory / FILE).read_bytes().decode()
        raw = tomllib.loads(text)
    except OSError as error:
        raise ProfileError(directory, [f"{FILE}: (whole file): {error.strerror}"]) from None
    except ValueError as error:
        raise ProfileError(directory, [f"{FILE}: (whole file): {error}"]) from None
    try:
        retention = Retention.model_validate(raw)
    except ValidationError as error:
        problems = [
            _problem(text, one["loc"], one["msg"].removeprefix("Value error, "))
            for one in error.errors()
        ]
        raise ProfileError(directory, problems) from None
    if problems := [_problem(text, place, what) for place, what in _problems(retention, types)]:
        raise ProfileError(directory, problems)
    return retention


def _problems(
    retention: Retention, types: frozenset[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Problems between rows."""
    for number, rule in enumerate(retention.schedule):
        for unknown in sorted(set(rule.types) - types):
            yield ("schedule", number, "types"), f'unknown type "{unknown}"'
    if not any(b.code == RETENTION_BASIS and "erase" in b.allows for b in retention.bases):
        yield ("bases",), f'no basis "{RETENTION_BASIS}" that allows "erase"'
    for kind in ("bases", "exemptions", "schedule", "records_clock"):
        yield from _overlapping(kind, getattr(retention, kind))


def _overlapping(kind: str, rows: Sequence[object]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Two rows of one code must not be in force on the same day."""
    for number, later in enumerate(rows):
        for earlier in rows[:number]:
            same = later.code == earlier.code  # type: ignore[attr-defined]
            if same and (later.in_force(earlier.since) or earlier.in_force(later.since)):  # type: ignore[attr-defined]
                yield (kind, number, "since"), f'"{later.code}" is in force twice'  # type: ignore[attr-defined]


def _problem(text: str, place: Sequence[str | int], what: str) -> str:
    key = ".".join(map(str, place))
    return f"{FILE}:{line_of(text, place)}: {key}: {what}"


def line_of(text: str, place: Sequence[str | int]) -> int:
    """The line of a place in the file, or of the closest table around it; lines count from 1."""
    table = str(place[0]) if place else ""
    wanted = int(place[1]) if len(place) > 1 and isinstance(place[1], int) else 0
    keys = [str(part) for part in place[1:] if isinstance(part, str)]
    seen, found, inside = -1, 1, False
    for number, line in enumerate(text.splitlines(), 1):
        if header := HEADER.match(line):
            seen += header[1] == table
            inside = header[1].split(".")[0] == table and seen == wanted
            found = number if header[1] == table and inside else found
        elif (inside and keys and _starts(line, keys[0])) or (seen < 0 and _starts(line, table)):
            return number
    return found


def _starts(line: str, key: str) -> bool:
    return line.partition("=")[0].strip() == key
