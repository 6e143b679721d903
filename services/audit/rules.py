"""Which versions of which rules made an event. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events.intake import ReportSubmitted, ReportSupplemented
from events.triage import ReportTriaged

if TYPE_CHECKING:
    from events.envelope import Envelope


def rules_of(envelope: Envelope) -> dict[str, Any]:
    """The rules' version or bundle and the rules that fired; empty for events no rule made."""
    match envelope.data:
        case ReportSubmitted(emergency=assessed) | ReportSupplemented(emergency=assessed):
            return {"rules_version": assessed.rules_version, "rules": list(assessed.rules)}
        case ReportTriaged(bundle=bundle, reasons=reasons):
            return {"bundle": bundle, "rules": [reason.rule for reason in reasons]}
        case _:
            return {}
