"""A partner's request: its bytes, its events, and their assessment.

Runs before authentication and without Postgres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from events.partner import UndecodableError, decode_partner
from events.partner_http import BATCH, MediaTypeError, UnreadableBodyError, messages
from services.intake.api import read_body
from services.intake.partners.arriving import salvaged
from services.intake.partners.outcome import emergency_part
from services.runtime.kafka import Record
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from fastapi import Request

    from events.partner_http import Message
    from services.agency.profile import AgencyProfile

BATCH_TYPE = f"{BATCH}+json"
MOST_BYTES = 1024 * 1024
MOST_EVENTS = 500
NOWHERE = -1
"""Partition and offset of an event that came by HTTP."""


@dataclass(frozen=True, slots=True)
class Received:
    """A request's body, whether it is complete, and the emergency for every answer."""

    body: bytes
    trouble: str | None
    emergency: dict[str, str]

    def refuse(self, status: int, name: str, title: str, detail: str, **more: Any) -> NoReturn:
        """A problem with the member `emergency`."""
        raise ProblemError(status, name, title, detail, emergency=self.emergency, **more)


async def receive(request: Request, profile: AgencyProfile) -> Received:
    """Read the body as far as it arrives, and assess the answers found in it."""
    body, trouble = await read_body(request, MOST_BYTES)
    purpose = request.headers.get("ce-purpose", "").encode()
    whole = Record("", NOWHERE, NOWHERE, None, body, (("ce_purpose", purpose),), None)
    return Received(body, trouble, emergency_part(profile, salvaged(profile, whole).outcome))


def events_of(request: Request, received: Received) -> list[Message]:
    """The events of a request; ProblemError when they cannot be separated.

    Nothing of such a request is stored, and the problem says so.
    """
    if received.trouble == "too-large":
        received.refuse(
            413,
            "too-large",
            "The request is too large",
            f"At most {MOST_BYTES} bytes. Nothing was kept: send smaller batches.",
        )
    if received.trouble:
        received.refuse(408, "slow-body", "The request did not arrive whole", "Send it again.")
    try:
        found = messages(dict(request.headers), received.body)
    except MediaTypeError as error:
        received.refuse(415, "media-type", "This is no CloudEvent in JSON", f"{error}.")
    except UnreadableBodyError as error:
        received.refuse(
            400, "unreadable", "The batch cannot be read", f"{error}. Nothing was kept."
        )
    if not 0 < len(found) <= MOST_EVENTS:
        received.refuse(
            422,
            "batch-size",
            f"A batch has 1 to {MOST_EVENTS} events",
            f"This one has {len(found)}. Nothing was kept.",
        )
    if not is_batch(request):
        _must_be_an_event(found[0], received)
    return found


def is_batch(request: Request) -> bool:
    """Whether the request is a batch, whose receipt has an entry for each event."""
    return request.headers.get("content-type", "").strip().lower().startswith(BATCH)


def _must_be_an_event(message: Message, received: Received) -> None:
    try:
        decode_partner(message.headers, message.value)
    except UndecodableError as error:
        received.refuse(
            400,
            "no-cloudevent",
            "This is no CloudEvent 1.0 that can be read",
            f"{error}. Nothing was kept.",
        )


def as_record(topic: str, message: Message) -> Record:
    """The event as if it had come on the partner's topic."""
    return Record(topic, NOWHERE, NOWHERE, None, message.value, message.headers, None)
