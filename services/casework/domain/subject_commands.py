"""What can be asked about a report's personal data. Each may be sent again without harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class RequestErasure:
    """Ask for the erasure, on a legal basis by its code; `by` is an account."""

    request_id: UUID
    basis: str
    by: str


@dataclass(frozen=True, slots=True)
class ApproveErasure:
    """Carry the request out, as a second person."""

    request_id: UUID
    by: str


@dataclass(frozen=True, slots=True)
class DeclineErasure:
    """Turn the request down, or take it back."""

    request_id: UUID


@dataclass(frozen=True, slots=True)
class Seal:
    """Hide without destroying, on a legal basis."""

    basis: str


@dataclass(frozen=True, slots=True)
class Unseal:
    """Show again, on a legal basis."""

    basis: str


SubjectCommand = RequestErasure | ApproveErasure | DeclineErasure | Seal | Unseal
