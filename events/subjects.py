"""What happens to the personal data of a report: events of casework, stream `subject-<report id>`.

A report has two keys: `person-<id>` for whom to contact, `report-<id>` for the narrative and the
notes, which may speak of anybody linked to it. Both go together (ADR 5). Nothing here is personal:
who acted is an account, why is a code of the agency's dated table.
"""

from __future__ import annotations

from uuid import UUID

from events.envelope import Event
from events.intake import Part


class DestroyedKey(Part):
    """A key that was destroyed: whose it was, what identified it, and what it was wrapped in."""

    subject: str
    fingerprint: str
    epoch: int


class ErasureRequested(Event):
    """Somebody asked for the report's personal data to be erased; a second person decides."""

    request_id: UUID
    report_number: str
    basis: str
    requested_by: str


class ErasureDeclined(Event):
    """The request was turned down, or taken back."""

    request_id: UUID


class ErasureApproved(Event):
    """A second person approved the request."""

    request_id: UUID


class SubjectErased(Event):
    """The keys were destroyed: nobody can read the report's personal values any more."""

    request_id: UUID
    report_number: str
    basis: str
    requested_by: str
    approved_by: str
    keys: tuple[DestroyedKey, ...]


class SubjectSealed(Event):
    """The report's personal data is hidden from everybody, without being destroyed."""

    report_number: str
    basis: str


class SubjectUnsealed(Event):
    """Sealed personal data can be seen again."""

    report_number: str
    basis: str


SubjectEvent = (
    ErasureRequested
    | ErasureDeclined
    | ErasureApproved
    | SubjectErased
    | SubjectSealed
    | SubjectUnsealed
)
