"""Submit a report: decide, and commit the event, the hand-off and the answer in one transaction."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from events.envelope import Actor, Cause, CauseKind, report_stream
from services.intake import details, nearby, store
from services.intake.attachment_store import AttachmentStore
from services.intake.domain.numbers import report_number
from services.intake.domain.report import SubmitReport, effective_purpose, submit
from services.runtime.clock import random_digits
from services.runtime.event_store import Decided, Occasion
from services.runtime.idempotency import KEPT, IdempotencyKey, once

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from events.intake import Channel, ReportSubmitted
    from services.agency.profile import AgencyProfile
    from services.hazards.structured import Assessment
    from services.intake.domain.submission import Submission
    from services.runtime.database import Connection, Pool
    from services.runtime.event_store import EventStore
    from services.runtime.keyring import Keyring
    from services.runtime.wake import Wake

OUTBOX = "intake.outbox"
PIN_DIGITS = 6


class Pins:
    """Six-digit PINs. A pepper from the master key makes a stolen table useless by itself, so the
    Argon2id parameters can stay small enough to answer a request in milliseconds."""

    def __init__(self, master_key: bytes) -> None:
        self._pepper = hmac.digest(master_key, b"blotter pin pepper", "sha256")
        self._hasher = PasswordHasher(time_cost=1, memory_cost=4096, parallelism=1)
        self.decoy = self.hash("")

    def _peppered(self, pin: str) -> bytes:
        return hmac.digest(self._pepper, pin.encode(), "sha256")

    def hash(self, pin: str) -> str:
        """The hash that is stored."""
        return self._hasher.hash(self._peppered(pin))

    def matches(self, stored: str, pin: str) -> bool:
        """Whether `pin` belongs to the hash `stored`, in constant time."""
        try:
            return self._hasher.verify(stored, self._peppered(pin))
        except VerificationError:
            return False


@dataclass(frozen=True, slots=True)
class Intake:
    """What intake's handlers need; built once in `app.py`."""

    pool: Pool
    events: EventStore
    keyring: Keyring
    pins: Pins
    profile: AgencyProfile
    wake: Wake
    attachment_store: AttachmentStore = AttachmentStore()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class Submit:
    """The command: a submission as read and assessed, and how it came.

    A repeat of `idempotency_key` by the same `sender` gets the first answer while that is kept.
    """

    submission: Submission
    assessment: Assessment
    channel: Channel
    idempotency_key: str | None
    request: bytes
    sender: str = "public"
    kept: timedelta = KEPT
    through: str | None = None
    """Sub-channel that delivered the report (partner, inlet or desk); None if the channel says
    enough.
    """
    medium: str | None = None
    actor: Actor | None = None
    """Who enters the report for somebody else; None: the reporting party."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A report's number, and the hash of its PIN."""

    number: str
    pin_hash: str | None


async def submit_report(intake: Intake, command: Submit, now: datetime) -> dict[str, str]:
    """Commit the report; gives report_id, report_number and PIN. A repeated key gives the first."""
    pin = random_digits(PIN_DIGITS)
    pin_hash = await asyncio.to_thread(intake.pins.hash, pin)
    async with (
        intake.pool.connection() as connection,
        connection.pipeline(),
        connection.transaction(),
    ):

        async def submit_new(command_id: UUID) -> dict[str, str]:
            counter, *_ = await store.next_counters(connection, 1)
            numbered = Numbered(report_number(counter), pin_hash)
            answer = await submit_within(intake, connection, command, command_id, numbered, now)
            return answer | {"pin": pin}

        key = _idempotency_key(command)
        answer = await once(connection, intake.keyring, key, now, submit_new)
    intake.wake.notify(OUTBOX)
    return answer


async def submit_within(
    intake: Intake,
    connection: Connection,
    command: Submit,
    command_id: UUID,
    numbered: Numbered,
    now: datetime,
) -> dict[str, str]:
    """Commit the report under this number in the caller's transaction; the caller notifies relays.

    One `command_id` is one report.
    """
    report_id = uuid5(command_id, "report")
    submitted = SubmitReport(
        report_id,
        numbered.number,
        command.channel,
        command.submission,
        command.assessment,
        numbered.pin_hash,
        medium=command.medium,
    )
    event = submit(submitted)
    purpose = effective_purpose(command.submission.purpose, command.submission.occurred_from, now)
    occasion = Occasion(
        actor=command.actor or Actor("reporting-party", "self", command.through or command.channel),
        purpose=purpose,
        cause=Cause(CauseKind.COMMAND, command_id),
        correlation_id=report_id,
        handler="submit",
    )
    decided = Decided(report_stream(report_id), 0, (event,), occasion)
    await intake.events.append(connection, [decided], now)
    await store.add_reports(connection, [(report_id, event, numbered.pin_hash)], [purpose], now)
    if purpose == "live":
        await nearby.store_place(connection, intake.keyring, intake.profile, report_id, event, now)
    await _store_details(intake, connection, report_id, event, now)
    return {
        "report_id": str(report_id),
        "report_number": event.report_number,
        "outcome": event.emergency.outcome,
    }


async def _store_details(
    intake: Intake, connection: Connection, report_id: UUID, event: ReportSubmitted, now: datetime
) -> None:
    filed_on = now.astimezone(intake.profile.zone).date()
    contact = event.contact.value if event.contact else None
    reporter = details.Reporter(report_id, contact, event.type, event.emergency, filed_on)
    await details.store_details(connection, intake.keyring, reporter)


def _idempotency_key(command: Submit) -> IdempotencyKey | None:
    if not command.idempotency_key:
        return None
    digest = sha256(command.channel.encode() + command.request).digest()
    return IdempotencyKey(command.sender, command.idempotency_key, digest, command.kept)
