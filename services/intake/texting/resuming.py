"""Continue a conversation or a report from another address, by report number and PIN."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.intake import guesses, store
from services.intake.domain.numbers import normalise
from services.intake.follow_up import LIMIT
from services.intake.texting import conversation_rows
from services.intake.texting.conversation_rows import Conversation
from services.intake.texting.dialogue import Dialogue
from services.runtime.clock import new_id

if TYPE_CHECKING:
    from datetime import datetime

    from services.intake.handlers import Intake
    from services.intake.texting.inlets import Inlet
    from services.runtime.database import Connection

NUMBER_AND_PIN: Final = re.compile(
    r"(?<!\d)(\d{3}[-. ]?\d{3}[-. ]?\d{3})(?!\d)\D{1,30}(?<!\d)(\d{6})(?!\d)"
)


@dataclass(frozen=True, slots=True)
class NumberAndPin:
    """A report number and a PIN in a message, and the rest of its text."""

    number: str
    pin: str
    rest: str


def number_and_pin_in(text: str) -> NumberAndPin | None:
    """The report number and PIN in a message; None when there is no valid number."""
    found = NUMBER_AND_PIN.search(text)
    number = normalise(found[1]) if found else None
    if found is None or number is None:
        return None
    rest = f"{text[: found.start()]} {text[found.end() :]}".strip()
    return NumberAndPin(number, found[2], rest if re.search(r"\w{3}", rest) else "")


async def resume(
    intake: Intake,
    connection: Connection,
    inlet: Inlet,
    given: NumberAndPin,
    sender_hash: bytes,
    address: str,
    language: str,
    moment: datetime,
) -> Conversation | None:
    """The conversation that continues here; None for a wrong number and for a wrong PIN alike."""
    place = (
        f"pin/{given.number}"  # one place for all channels, so that guesses are counted together
    )
    entered = await guesses.enter(connection, intake.keyring, place, LIMIT, moment)
    found = await conversation_rows.unfiled(
        connection, intake.keyring, given.number, exercise=inlet.exercise
    )
    report = None
    if found is None and not inlet.exercise:  # an exercise touches no live report
        report = await store.find_report(connection, given.number)
    held = found or report
    stored = held.pin_hash if held and not entered.locked else None
    decoy = intake.pins.decoy
    right = await asyncio.to_thread(intake.pins.matches, stored or decoy, given.pin)
    right = right and stored is not None
    await guesses.leave(connection, entered, moment, right=right)
    if not right:
        return None
    await conversation_rows.end_current(connection, inlet.channel, sender_hash)
    if found:
        return conversation_rows.readdressed(found, inlet.name, inlet.channel, sender_hash, address)
    assert report is not None
    dialogue = Dialogue(language=language, number=report.report_number, type="")
    return Conversation(
        new_id(),
        inlet.name,
        inlet.channel,
        sender_hash,
        report.report_number,
        None,
        report.report_id,
        "none",
        None,
        dialogue,
    )
