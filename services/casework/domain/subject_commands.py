"""The commands about a report's personal data. Each may be repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class RequestErasure:
    """Request an erasure, with the code of its legal basis; `by` is an account."""

    request_id: UUID
    basis: str
    by: str


@dataclass(frozen=True, slots=True)
class ApproveErasure:
    """Approve the request, as a second person."""

    request_id: UUID
    by: str


@dataclass(frozen=True, slots=True)
class DeclineErasure:
    """Decline or withdraw the request."""

    request_id: UUID


@dataclass(frozen=True, slots=True)
class Seal:
    """Seal: hide without destroying, on a legal basis."""

    basis: str


@dataclass(frozen=True, slots=True)
class Unseal:
    """Unseal: show again, on a legal basis."""

    basis: str


SubjectCommand = RequestErasure | ApproveErasure | DeclineErasure | Seal | Unseal
