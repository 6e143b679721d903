"""Reading the parts of a follow-up request that are no facts of a report. Never raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from events.intake import Statement
from services.hazards.structured import SafetyAnswers
from services.intake.domain.identifying import details_given

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.intake.domain.identifying import Details
    from services.intake.domain.submission import Submission


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in the body; empty when there is none."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def read_details(given: Mapping[str, Any]) -> Details:
    """Contact, family name, type and day of filing, as given."""
    names = ("reached", "name", "type", "filed_on")
    return details_given(*(str(given.get(name) or "") for name in names))


def says_anything(submission: Submission) -> bool:
    """Whether it contains any fact."""
    return bool(
        submission.statement() != Statement()
        or submission.contact
        or submission.type
        or submission.occurred_from
        or submission.occurred_to
        or submission.latitude is not None
        or submission.safety != SafetyAnswers()
    )
