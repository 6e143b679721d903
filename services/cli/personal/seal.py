"""`blotter seal | unseal | hold | lift`."""

from __future__ import annotations

from services.cli.options import Data
from services.cli.personal.staff import Staff


def seal(number: str, *, basis: str, data: Data = None) -> None:
    """Hide the personal data of a report from everybody, without destroying it."""
    with Staff.of(data) as staff:
        staff.subject(number, "seal", {"basis": basis})


def unseal(number: str, *, basis: str, data: Data = None) -> None:
    """Show sealed personal data again; the event says who did, and on what basis."""
    with Staff.of(data) as staff:
        staff.subject(number, "unseal", {"basis": basis})


def hold(number: str, *, matter: str, data: Data = None) -> None:
    """Place a legal hold on a call: nothing of it is erased while the matter is open."""
    with Staff.of(data) as staff:
        staff.case(number, "hold", {"matter": matter})


def lift(number: str, *, matter: str, data: Data = None) -> None:
    """Lift a legal hold."""
    with Staff.of(data) as staff:
        staff.case(number, "lift", {"matter": matter})
