"""Conversations without an answer are filed as they stand, with a review.

The sender may have been forced to stop. Nothing is sent, because somebody else may read it.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Final

from services.intake.handlers import OUTBOX
from services.intake.site.form_answers import assess_form
from services.intake.texting import conversation_rows, delivery_rows
from services.intake.texting.conversation import ConversationProfile, MessageReading, submission_of
from services.intake.texting.conversation_filing import Origin, file
from services.runtime.idempotency import KEPT
from services.runtime.log import logger
from services.runtime.periodic import each

if TYPE_CHECKING:
    from datetime import datetime

    from services.agency.site import Silence
    from services.intake.handlers import Intake
    from services.intake.texting.conversation_rows import Conversation, SilentConversation
    from services.intake.texting.inlets import Kind

CHANNELS: Final[tuple[Kind, ...]] = ("sms", "email")
KNOWN_FOR = timedelta(days=30)
"""How long a delivery is recognised as a repeat, and a filed conversation accepts messages."""


async def review_silence(intake: Intake, agency: ConversationProfile, moment: datetime) -> int:
    """File the conversations that are silent for longer than the profile allows; gives how many.

    Each on its own; ItemsFailedError when some could not be filed: they are tried again.
    """

    async def file_silent(item: tuple[SilentConversation, Silence]) -> bool:
        return await _review(intake, agency, *item, moment)

    try:
        filed = await each(
            await _silent(intake, agency, moment), file_silent, of="silent conversation"
        )
    finally:
        intake.wake.notify(OUTBOX)
    if filed:
        logger().info("texting.filed-silent", count=filed)
    return filed


async def _silent(
    intake: Intake, agency: ConversationProfile, moment: datetime
) -> list[tuple[SilentConversation, Silence]]:
    """Conversations silent for too long, each with the profile's rule about that."""
    found: list[tuple[SilentConversation, Silence]] = []
    async with intake.pool.connection() as connection:
        for channel, outcome in product(CHANNELS, ("none", "confirm")):
            silence = agency.site.silence_of(channel, outcome)
            before = moment - timedelta(minutes=silence.after_minutes)
            silent = await conversation_rows.silent(
                connection, channel, before, doubtful=outcome != "none"
            )
            found += [(conversation, silence) for conversation in silent]
    return found


async def _review(
    intake: Intake,
    agency: ConversationProfile,
    found: SilentConversation,
    silence: Silence,
    moment: datetime,
) -> bool:
    """File one conversation, unless it changed meanwhile; delete it if it has no content."""
    conversation = found.conversation(intake.keyring)
    reading = _as_it_stands(agency, conversation, silence, moment)
    async with intake.pool.connection() as connection, connection.transaction():
        await conversation_rows.lock_sender(connection, conversation.sender_hash)
        id_ = conversation.conversation_id
        if not await conversation_rows.is_silent_since(connection, id_, found.touched_at):
            return False
        if conversation.dialogue.asked is None:
            await conversation_rows.drop(connection, id_)
            return False
        origin = Origin(conversation.inlet, found.exercise)
        filed = await file(intake, connection, conversation, reading, origin, moment)
        await conversation_rows.mark_filed(connection, intake.keyring, filed)
    return True


def _as_it_stands(
    agency: ConversationProfile, conversation: Conversation, silence: Silence, moment: datetime
) -> MessageReading:
    dialogue, known = conversation.dialogue, agency.type_of(conversation.dialogue)
    submission = submission_of(agency, dialogue, conversation.channel, moment)
    desk = silence.desk or known.desk
    submission.warnings.append(f"the conversation was not finished; for review: {desk}")
    assessment = assess_form(agency.profile, agency.site, known, submission, dialogue.form)
    return MessageReading(submission, assessment, understood=True)


async def forget_old(intake: Intake, moment: datetime) -> None:
    """Delete answers, replies and deliveries that are past their retention."""
    async with intake.pool.connection() as connection:
        await delivery_rows.delete_old(connection, moment, KEPT, KNOWN_FOR)
