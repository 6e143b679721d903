"""The site in one language: its templates, its texts, and the prefix of its addresses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from services.agency.translating import in_language
from services.agency.which_number import telephone_uri
from services.intake.site.words import text_lookup
from services.runtime.pages import Pages

if TYPE_CHECKING:
    from services.agency.profile import AgencyProfile
    from services.agency.site import Site, SiteInLanguage

TEMPLATES = Path(__file__).parents[1] / "templates"


@dataclass(frozen=True, slots=True)
class SiteLanguage:
    """The site in one language, as routes use it."""

    language: str
    prefix: str
    """Prefix of every address in this language; empty for the agency's first."""
    local: SiteInLanguage
    pages: Pages


def site_in_language(profile: AgencyProfile, site: Site, language: str) -> SiteLanguage:
    """The site in this language."""
    local = in_language(profile, site, language)
    prefixes = {one: "" if one == site.first_language else f"/{one}" for one in site.languages}
    centre = profile.partners[site.non_emergency].telephone or ""
    pages = Pages(
        TEMPLATES,
        agency=profile.name,
        live=profile.live,
        zone=profile.zone,
        lines=local.emergency,
        language=language,
        languages=site.languages,
        prefixes=prefixes,
        prefix=prefixes[language],
        say=text_lookup(language, local.words),
        local=local,
        non_emergency=centre,
        telephone_uri=telephone_uri,
        path="",
    )
    return SiteLanguage(language, prefixes[language], local, pages)
