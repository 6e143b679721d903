"""What the login of each service may do beyond its own schema: everything else is refused.

In its own schema a service reads and writes, except that history (every table whose trigger refuses
changes) is only read and added to. Only views, which can be rebuilt, belong to their service.
"""

from __future__ import annotations

from dataclasses import dataclass

ALL = "select, insert, update, delete"


@dataclass(frozen=True, slots=True)
class Privilege:
    """Verbs on some tables or views of one schema."""

    verbs: str
    schema: str
    tables: tuple[str, ...]


def _shared(verbs: str, *tables: str) -> Privilege:
    return Privilege(verbs, "runtime", tables)


CONSUMER = (
    _shared("select, insert, update", "positions", "stations", "subject_keys"),
    _shared(ALL, "parked"),
    _shared("select", "key_epochs"),
    # A key that a restored backup brought back is destroyed again, with what can be searched by it.
    _shared("select, delete", "personal_hashes"),
)
WEB = (_shared(ALL, "idempotency"), _shared("select", "api_tokens", "sessions"))
# How far behind each service is: numbers and times, not what was written.
LAGS = tuple(
    privilege
    for schema in ("intake", "triage", "casework", "access")
    for privilege in (
        Privilege("select", schema, ("outbox", "relayed", "published")),
        Privilege("select (item_id, recorded_at)", schema, ("outgoing",)),
    )
)
# The auditor's check compares the ledger with what its owners committed: the same bytes once more.
COMMITTED = tuple(
    Privilege("select", schema, ("events",))
    for schema in ("intake", "triage", "casework", "access")
)

BEYOND: dict[str, tuple[Privilege, ...]] = {
    "intake": (
        *CONSUMER,
        *WEB,
        Privilege(
            "select", "projections", ("report_progress", "public_requests", "public_answers")
        ),
    ),
    "triage": (*CONSUMER, _shared("select", "api_tokens", "sessions")),
    "casework": (*CONSUMER, *WEB),
    "access": (
        _shared("select", "positions", "stations", "key_epochs"),
        _shared("select, insert", "subject_keys"),
    ),
    "projections": (
        *CONSUMER,
        *WEB,
        *LAGS,
        *COMMITTED,
        _shared("insert, delete", "sessions"),
        _shared("insert", "personal_hashes"),
        Privilege("select", "intake", ("handoffs", "dead_letters")),
    ),
}
SERVICES = tuple(BEYOND)
