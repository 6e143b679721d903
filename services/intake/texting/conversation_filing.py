"""Filing a conversation as a report, and adding later messages to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from events.envelope import Actor, Cause, CauseKind, Purpose
from services.hazards.texts import assess_texts
from services.intake.domain.report import SubmitReport, supplement
from services.intake.domain.submission import Submission
from services.intake.handlers import Numbered, Submit, submit_within
from services.intake.supplements import append_supplement
from services.runtime.event_store import Occasion

if TYPE_CHECKING:
    from datetime import datetime

    from events.intake import Outcome
    from services.intake.handlers import Intake
    from services.intake.texting.conversation import MessageReading
    from services.intake.texting.conversation_rows import Conversation
    from services.runtime.database import Connection

LONGEST_ADDITION = 20_000
"""UTF-8 bytes."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The inlet of a conversation, and whether it is an exercise."""

    inlet: str
    exercise: bool

    @property
    def purpose(self) -> Purpose:
        """Why the report exists."""
        return Purpose.EXERCISE if self.exercise else Purpose.LIVE


async def file(
    intake: Intake,
    connection: Connection,
    conversation: Conversation,
    reading: MessageReading,
    origin: Origin,
    moment: datetime,
) -> Conversation:
    """Commit the report under the number already notified; gives the filed conversation."""
    submission = reading.submission
    submission.purpose = origin.purpose
    command = Submit(
        submission,
        reading.assessment,
        "api",
        None,
        b"",
        through=f"{conversation.channel}/{origin.inlet}",
        medium=conversation.channel,
    )
    numbered = Numbered(conversation.report_number, conversation.pin_hash)
    answer = await submit_within(
        intake, connection, command, conversation.conversation_id, numbered, moment
    )
    return replace(
        conversation,
        report_id=UUID(answer["report_id"]),
        outcome=answer["outcome"],
        dialogue=conversation.dialogue.model_copy(
            update={"form": {}, "pin": None, "asked": None, "address": ""}
        ),
    )


async def add(
    intake: Intake,
    connection: Connection,
    conversation: Conversation,
    text: str,
    message_hash: bytes,
    origin: Origin,
    moment: datetime,
) -> Outcome:
    """Add a message to the report; gives the outcome of its words.

    Only words are assessed: a supplement answers no safety question.
    """
    assert conversation.report_id is not None
    assessment = assess_texts([text], origin.purpose)
    kept = text.encode()[:LONGEST_ADDITION].decode("utf-8", "ignore")
    command = SubmitReport(
        conversation.report_id,
        conversation.report_number,
        "api",
        Submission(description=kept or None, purpose=origin.purpose),
        assessment,
        medium=conversation.channel,
    )
    event = supplement(command)
    occasion = Occasion(
        actor=Actor("reporting-party", "self", f"{conversation.channel}/{origin.inlet}"),
        purpose=origin.purpose,
        cause=Cause(CauseKind.COMMAND, uuid5(conversation.report_id, message_hash.hex())),
        correlation_id=conversation.report_id,
        handler="supplement",
    )
    await append_supplement(intake, connection, conversation.report_id, event, occasion, moment)
    return assessment.outcome
