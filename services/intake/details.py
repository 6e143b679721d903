"""Finding a report without its PIN, by details that only its reporting party knows together.

Only keyed hashes are stored, made when the report is filed. Details are stored only if the
reporting party stated that contact is safe: a member of the household knows the telephone number
and must not learn of a report.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from services.intake import guesses
from services.intake.domain.identifying import details_of
from services.intake.domain.public_face import PRIVATE_RULE
from services.runtime.epochs import EpochGoneError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID

    from events.intake import Contact, EmergencyAssessment
    from services.intake.domain.identifying import Details
    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

PURPOSE = "details that identify a report"
MOST = 3
OF_ONE_CONTACT = guesses.Limit(5, timedelta(days=1), timedelta(days=1))
OF_EVERYBODY = guesses.Limit(500, timedelta(hours=1), timedelta(minutes=15), forgives=False)
"""Limit for tries with many contacts, shared by everybody; number and PIN still work meanwhile."""
FIND_SQL = """
select r.report_number
from identifying_details d
join reports r using (report_id)
join subject_keys k on k.subject = 'person-' || r.report_id and k.wrapped is not null
     and not k.sealed
where d.hash = any(%s)
group by r.report_number, r.submitted_at
order by r.submitted_at desc limit %s
"""


@dataclass(frozen=True, slots=True)
class Reporter:
    """The details of a report and its reporting party by which it can be found without a PIN."""

    report_id: UUID
    contact: Contact | None
    type: str | None
    emergency: EmergencyAssessment
    filed_on: date


async def store_details(connection: Connection, keyring: Keyring, reporter: Reporter) -> None:
    """Store the details of a report, unless that could endanger its reporting party."""
    contact = reporter.contact
    private = any(PRIVATE_RULE in rule for rule in reporter.emergency.rules)
    if not contact or not contact.safe_to_contact or private:
        return
    if reporter.emergency.outcome == "divert":
        return
    epoch = keyring.epochs.newest()
    found = details_of(contact, reporter.type, reporter.filed_on)
    hashes = [_hashed(keyring, epoch, each) for each in found]
    if hashes:
        await connection.execute(
            "insert into identifying_details (hash, report_id) select h, %s"
            " from unnest(%s::bytea[]) as d (h) on conflict do nothing",
            [reporter.report_id, hashes],
        )


async def delete_details(connection: Connection, report_id: UUID) -> None:
    """Delete the details; the report is then found by number and PIN only."""
    await connection.execute("delete from identifying_details where report_id = %s", [report_id])


async def find(
    connection: Connection, keyring: Keyring, given: Details, moment: datetime
) -> list[str]:
    """The numbers of the newest few reports with these details, within the caller's transaction.

    The same statements run for unknown contacts, wrong details and too many tries.
    """
    tries = [
        await guesses.enter(connection, keyring, "details", OF_EVERYBODY, moment),
        await guesses.enter(
            connection, keyring, f"details/{given.reached}", OF_ONE_CONTACT, moment
        ),
    ]
    cursor = await connection.execute(FIND_SQL, [list(_stored_hashes(keyring, given)), MOST])
    rows = await cursor.fetchall()
    right = bool(rows) and not any(each.locked for each in tries)
    for each in tries:
        await guesses.leave(connection, each, moment, right=right)
    return [number for (number,) in rows] if right else []


def _stored_hashes(keyring: Keyring, given: Details) -> Iterable[bytes]:
    """Hashes under the key of every epoch that still exists; details are stored under their own
    epoch.
    """
    for epoch in keyring.epochs.kept():
        try:
            yield _hashed(keyring, epoch, given)
        except EpochGoneError:
            continue


def _hashed(keyring: Keyring, epoch: int, details: Details) -> bytes:
    key = keyring.derived(epoch, PURPOSE)
    return hmac.digest(key, str(details).encode("utf-8", "replace"), "sha256")[:16]
