"""Which number for which matter: the catalogue's types grouped by the desk that handles them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.agency.profile import AgencyProfile, ReportType
    from services.agency.site import Site

Handler = tuple[bool, str]
"""Whether it is an emergency while in progress, and the desk."""


@dataclass(frozen=True, slots=True)
class Row:
    """Types with the same handler: a desk, perhaps referring to a partner."""

    types: tuple[ReportType, ...]
    emergency_while_it_lasts: bool
    desk: str
    partner: str | None
    telephone: str
    hours: str | None


def which_number(profile: AgencyProfile, site: Site) -> list[Row]:
    """The rows in the order of the catalogue; every type but the unknown one is in exactly one."""
    grouped: dict[Handler, list[ReportType]] = {}
    for known in profile.types.values():
        if known.id != profile.unknown_type:
            grouped.setdefault((known.in_progress == "divert", known.desk), []).append(known)
    return [_row(profile, site, handler, types) for handler, types in grouped.items()]


def _row(profile: AgencyProfile, site: Site, handler: Handler, types: list[ReportType]) -> Row:
    emergency, desk_id = handler
    desk, centre = profile.desks[desk_id], profile.partners[site.non_emergency]
    partner = profile.partners[desk.refers_to] if desk.refers_to else None
    answering = partner if partner and partner.telephone else centre
    return Row(
        types=tuple(types),
        emergency_while_it_lasts=emergency,
        desk=desk.id,
        partner=partner.id if partner else None,
        telephone=desk.telephone or answering.telephone or "",
        hours=None if desk.telephone else answering.hours,
    )


def telephone_uri(number: str) -> str:
    """The `tel:` address of a number in any notation."""
    return "tel:" + "".join(c for c in number.replace(" ", "-") if c.isdigit() or c in "+-.")
