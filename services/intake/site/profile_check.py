"""Every problem of an agency's profile, its site and its retention rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.agency.loader import ProfileError, load_profile
from services.agency.retention_loader import load_retention
from services.agency.site_loader import load_site
from services.intake.site.words import missing_words

if TYPE_CHECKING:
    from pathlib import Path


def problems_of(directory: Path) -> list[str]:
    """Every problem of a profile, as `file:line: key: problem`.

    Site and retention rules refer to types, so they are checked only if the catalogue is valid.
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
        problems += missing_words(load_site(directory, profile))
    except ProfileError as error:
        problems += error.problems
    return problems
