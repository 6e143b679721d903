"""Reading `triage-gates.toml`, an agency's dated table of the gates of a rehearsal."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from services.agency.loader import ProfileError
from services.triage.domain.gates import Limits

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

FILE: Final = "triage-gates.toml"


def limits_on(directory: Path, day: date) -> Limits:
    """The limits in force on `day`; the defaults where the agency has no file.

    ProfileError when the file cannot be used, or has no row for the day.
    """
    file = directory / FILE
    if not file.exists():
        return Limits()
    try:
        rows = [Limits.model_validate(row) for row in tomllib.loads(file.read_text())["gates"]]
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise ProfileError(directory, [f"{FILE}: gates: {_words(error)}"]) from None
    dates = [row.since for row in rows]
    if len(set(dates)) < len(dates):
        raise ProfileError(directory, [f"{FILE}: gates: two rows since the same day"])
    in_force = [row for row in rows if row.since <= day]
    if not in_force:
        raise ProfileError(directory, [f"{FILE}: gates: no row is in force on {day}"])
    return max(in_force, key=lambda row: row.since)


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        one = error.errors()[0]
        return f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
    return f"{type(error).__name__}: {error}"
