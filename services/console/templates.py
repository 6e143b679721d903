"""Where the templates of all staff pages are, and how they are rendered in the agency's name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from services.runtime.pages import Pages

if TYPE_CHECKING:
    from services.agency.profile import AgencyProfile

TEMPLATES = Path(__file__).parent / "templates"


def console_pages(profile: AgencyProfile) -> Pages:
    """The console's templates in the agency's name."""
    return Pages(
        TEMPLATES,
        agency=profile.name,
        live=profile.live,
        zone=profile.zone,
        lines=profile.emergency,
    )
