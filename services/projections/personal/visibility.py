"""Which role may open which personal field. Pure.

In code and not in the agency's profile: who may see what is reviewed as code is, tested for every
role, and the same on every installation. A personal field that is not named here is masked for
everybody and opened by nobody; a test asks that each one is decided about.
"""

from __future__ import annotations

from services.runtime.identity import AUDIT_READERS, Role

FIELDS = {
    "statement": "What was reported: description, place, people, vehicles",
    "contact": "Who reported it: name, telephone, e-mail",
    "note": "Notes of staff",
    "question": "What somebody asked",
    "reply": "What staff answered",
    "file": "Names of attached files",
}
"""Fields one can ask for, in words."""
NEVER = frozenset({"pin_hash"})
"""Of use to software only."""
OF_THE_AUDIT = frozenset({"explanation"})
"""Why somebody revealed: in the clear for those who read the audit; that is their reason."""
REASONS = {
    "emergency": "An emergency",
    "reporter-contact": "To contact the reporting party",
    "investigation": "Investigating this case",
    "review": "Reviewing this case",
    "duplicate-check": "Is it the same incident as another?",
    "records-request": "Answering a records request",
    "audit": "An audit",
    "inquiry": "Answering a question",
    "other": "Another reason, explained below",
}
_ALL = frozenset(FIELDS)
MAY_REVEAL: dict[Role, frozenset[str]] = {
    Role.CALLTAKER: _ALL,
    Role.OFFICER: _ALL,
    Role.SUPERVISOR: _ALL,
    Role.DISPATCHER: _ALL,
    Role.ANALYST: frozenset({"statement"}),  # patterns lie in what happened, not in who told it
    Role.AUDITOR: frozenset({"statement", "note"}),  # what was decided from what
    Role.ADMINISTRATOR: _ALL,
}


def sees_at_once(role: Role, field: str) -> bool:
    """Is the field in the clear for this role without a reveal?"""
    return field in OF_THE_AUDIT and role in AUDIT_READERS
