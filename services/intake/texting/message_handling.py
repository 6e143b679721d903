"""Handle one message of a conversation: once, one at a time for a sender, reply in the same
transaction.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, assert_never
from uuid import UUID, uuid5

from services.hazards.texts import assess_texts
from services.intake import store
from services.intake.domain.numbers import report_number
from services.intake.handlers import OUTBOX, PIN_DIGITS
from services.intake.texting import conversation_rows, delivery_rows, wording
from services.intake.texting.conversation import ask_next, read_message
from services.intake.texting.conversation_filing import Origin, add, file
from services.intake.texting.conversation_rows import Conversation
from services.intake.texting.dialogue import Dialogue
from services.intake.texting.resuming import number_and_pin_in, resume
from services.runtime.clock import new_id, random_digits
from services.runtime.keyring import DestroyedError

if TYPE_CHECKING:
    from datetime import datetime

    from events.intake import Outcome
    from services.intake.handlers import Intake
    from services.intake.texting.conversation import ConversationProfile
    from services.intake.texting.incoming import Incoming
    from services.intake.texting.inlets import Inlet
    from services.intake.texting.languages import Command, LanguageWords
    from services.intake.texting.resuming import NumberAndPin
    from services.runtime.database import Connection

MOST_REPLIES = 60
"""Replies in one conversation; ends a loop of two machines."""
REPLIES = UUID("6d1f6e53-0a4c-5d0e-9a53-0c2f1a0f8a77")
"""Name space of reply ids: one for each delivery."""


@dataclass(slots=True)
class MessageResult:
    """The result of handling a message."""

    messages: list[str] = field(default_factory=list)
    outcome: Outcome = "none"
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True)
class MessageHandler:
    """One message and the transaction in which it is handled."""

    intake: Intake
    agency: ConversationProfile
    connection: Connection
    inlet: Inlet
    incoming: Incoming
    sender_hash: bytes
    message_hash: bytes
    moment: datetime

    async def answer(self) -> dict[str, Any]:
        """The answer to the delivery; a repeated delivery gets the first answer."""
        keyring, name = self.intake.keyring, self.inlet.name
        await conversation_rows.lock_sender(self.connection, self.sender_hash)
        before = await delivery_rows.earlier_delivery(
            self.connection, keyring, name, self.message_hash
        )
        if before:
            return before.answer or {"message_id": self.incoming.message_id, "reply": None}
        answered = await self._handle()
        answer = await self._reply(answered)
        await delivery_rows.store_answer(
            self.connection, keyring, name, self.message_hash, answer, self.moment
        )
        return answer

    async def _handle(self) -> MessageResult:
        conversation = await conversation_rows.current(
            self.connection, self.intake.keyring, self.inlet.channel, self.sender_hash
        )
        text, languages = self.incoming.text, self.agency.languages
        command = languages.command(text)
        if command:
            return await self._carry_out(command, conversation)
        if given := number_and_pin_in(text):
            return await self._resume(given, conversation)
        if language := languages.language(text):
            conversation = conversation or await self._new_conversation(text)
            conversation.dialogue.language = language
            return await self._repeat_question(conversation)
        return await self._continue(conversation, text)

    async def _continue(self, conversation: Conversation | None, text: str) -> MessageResult:
        if conversation and conversation.report_id:
            try:
                async with self.connection.transaction():
                    return await self._add(conversation, text)
            except DestroyedError:  # the report is erased
                await conversation_rows.end_current(
                    self.connection, self.inlet.channel, self.sender_hash
                )
        elif conversation:
            return await self._read_message(conversation, text)
        return await self._read_message(await self._new_conversation(text), text)

    async def _new_conversation(self, text: str) -> Conversation:
        """A new conversation with number and PIN, by which another channel can continue it."""
        counter, *_ = await store.next_counters(self.connection, 1)
        number, pin = report_number(counter), random_digits(PIN_DIGITS)
        pin_hash = await asyncio.to_thread(self.intake.pins.hash, pin)
        dialogue = Dialogue(
            address=self.incoming.sender,
            language=self._language(text),
            number=number,
            pin=pin,
            type=self.intake.profile.unknown_type,
        )
        return Conversation(
            new_id(),
            self.inlet.name,
            self.inlet.channel,
            self.sender_hash,
            number,
            pin_hash,
            None,
            "confirm",
            None,
            dialogue,
        )

    def _language(self, text: str) -> str:
        return self.agency.languages.language(text) or self.agency.languages.likely_language(text)

    async def _read_message(self, conversation: Conversation, text: str) -> MessageResult:
        """Record the message as an answer; reply with the next question, or file the report."""
        dialogue = conversation.dialogue
        first = dialogue.asked is None
        dialogue.attachments += self.incoming.attachments
        reading = read_message(self.agency, dialogue, text, self.inlet.channel, self.moment)
        conversation = replace(conversation, outcome=reading.assessment.outcome)
        messages, language_words = list[str](), self._language_words(dialogue)
        if reading.diverted or ask_next(self.agency, dialogue, reading) is None:
            filed = await file(
                self.intake, self.connection, conversation, reading, self._origin, self.moment
            )
            messages = wording.filed(language_words, dialogue, filed.outcome)
            return await self._save(filed, messages, reading.assessment.outcome)
        if first:
            words = assess_texts([text], "live").outcome
            messages += wording.opening_messages(self.agency, dialogue, words)
        elif not reading.understood:
            messages.append(wording.not_understood(language_words))
        messages.append(wording.current_question(self.agency, dialogue))
        return await self._save(conversation, messages, reading.assessment.outcome)

    async def _add(self, conversation: Conversation, text: str) -> MessageResult:
        outcome = await add(
            self.intake,
            self.connection,
            conversation,
            text,
            self.message_hash,
            self._origin,
            self.moment,
        )
        language_words = self._language_words(conversation.dialogue)
        messages = wording.added(language_words, conversation.report_number, outcome)
        return await self._save(conversation, messages, outcome)

    async def _save(
        self, conversation: Conversation, messages: list[str], outcome: Outcome
    ) -> MessageResult:
        language_words = self._language_words(conversation.dialogue)
        if self.incoming.attachments:
            messages = [
                *messages[:-1],
                language_words.say("texting.no_attachments"),
                *messages[-1:],
            ]
        conversation.dialogue.replies += 1
        await conversation_rows.save(
            self.connection, self.intake.keyring, conversation, self.moment
        )
        return MessageResult(messages, outcome, conversation)

    async def _resume(
        self, given: NumberAndPin, conversation: Conversation | None
    ) -> MessageResult:
        language = conversation.dialogue.language if conversation else self._language(given.rest)
        found = await resume(
            self.intake,
            self.connection,
            self.inlet,
            given,
            self.sender_hash,
            self.incoming.sender,
            language,
            self.moment,
        )
        if found is None:
            wrong = self.agency.languages.of(language).say("texting.unknown_number")
            answered = MessageResult([wrong])
            if given.rest:
                answered = await self._continue(conversation, given.rest)
                answered.messages.insert(0, wrong)
            return answered
        resumed = self._language_words(found.dialogue).say(
            "texting.went_on", number=found.report_number
        )
        if given.rest:
            answered = await self._continue(found, given.rest)
            answered.messages.insert(0, resumed)
            return answered
        return await self._repeat_question(found, resumed)

    async def _repeat_question(self, conversation: Conversation, *messages: str) -> MessageResult:
        """The open question, for a sender who has just continued the conversation here."""
        asked = (
            []
            if conversation.report_id
            else [wording.current_question(self.agency, conversation.dialogue)]
        )
        return await self._save(conversation, [*messages, *asked], "none")

    async def _carry_out(
        self, command: Command, conversation: Conversation | None
    ) -> MessageResult:
        text, channel = self.incoming.text, self.inlet.channel
        language = conversation.dialogue.language if conversation else self._language(text)
        language_words = self.agency.languages.of(language)
        match command:
            case "stop":
                await delivery_rows.opt_out(self.connection, channel, self.sender_hash, self.moment)
                notice = "stopped"
            case "start":
                await delivery_rows.opt_in(self.connection, channel, self.sender_hash)
                notice = "started"
            case "help":
                notice = "help"
            case "new":
                await conversation_rows.end_current(self.connection, channel, self.sender_hash)
                begin = language_words.say("texting.begin")
                return MessageResult(
                    [wording.notice(self.agency, language_words, "nobody_sent"), begin]
                )
            case "anonymous":
                return await self._hide_address(conversation, language_words)
            case _:
                assert_never(command)
        outcome = assess_texts([text], "live").outcome
        return MessageResult(
            [wording.notice(self.agency, language_words, notice)], outcome, conversation
        )

    async def _hide_address(
        self, conversation: Conversation | None, language_words: LanguageWords
    ) -> MessageResult:
        conversation = conversation or await self._new_conversation(self.incoming.text)
        conversation.dialogue.anonymous = True
        return await self._repeat_question(conversation, language_words.say("texting.anonymous"))

    async def _reply(self, answered: MessageResult) -> dict[str, Any]:
        conversation, inlet = answered.conversation, self.inlet
        language = (
            conversation.dialogue.language if conversation else self._language(self.incoming.text)
        )
        local = self.agency.languages.of(language).local
        reply = "\n".join(answered.messages)
        if inlet.channel == "email" and reply:
            reply = f"{self.agency.languages.of(language).say('texting.above')}\n\n{reply}"
        may = await self._may_be_answered(answered)
        reply_id = uuid5(REPLIES, self.message_hash.hex())
        if may:
            await delivery_rows.store_reply(
                self.connection,
                self.intake.keyring,
                inlet,
                reply_id,
                self.incoming.sender,
                reply,
                self.moment,
            )
        return {
            "message_id": self.incoming.message_id,
            "reply_id": str(reply_id) if may else None,
            "to": self.incoming.sender or None,
            "reply": reply if may else None,
            "language": language,
            "report_number": conversation.report_number
            if conversation and conversation.report_id
            else None,
            "emergency": {
                "outcome": answered.outcome,
                "instruction": local.emergency.instruction(answered.outcome),
            },
        }

    async def _may_be_answered(self, answered: MessageResult) -> bool:
        """Whether a reply is sent. After STOP only when the outcome is an emergency."""
        command = self.agency.languages.command(self.incoming.text)
        if not self.incoming.sender or self.incoming.automatic or not answered.messages:
            return False
        if answered.outcome == "divert" or command in ("stop", "start", "help"):
            return True
        dialogue = answered.conversation.dialogue if answered.conversation else None
        if dialogue and dialogue.replies > MOST_REPLIES:
            return False
        return not await delivery_rows.has_opted_out(
            self.connection, self.inlet.channel, self.sender_hash
        )

    def _language_words(self, dialogue: Dialogue) -> LanguageWords:
        return self.agency.languages.of(dialogue.language)

    @property
    def _origin(self) -> Origin:
        return Origin(self.inlet.name, self.inlet.exercise)


async def receive(
    intake: Intake, agency: ConversationProfile, inlet: Inlet, incoming: Incoming, moment: datetime
) -> dict[str, Any]:
    """Handle a message; gives the committed answer. A repeated delivery gets the first one."""
    keyring = intake.keyring
    sender, text = incoming.sender, incoming.text
    message_hash = conversation_rows.keyed_hash(
        keyring,
        "message",
        inlet.name,
        incoming.message_id,
        sender,
        text,
        str(incoming.attachments),
    )
    address = sender or message_hash.hex()  # no address to reply to: a conversation of its own
    sender_hash = conversation_rows.keyed_hash(
        keyring, "sender", inlet.channel, "drill" if inlet.exercise else "live", address
    )
    async with intake.pool.connection() as connection, connection.transaction():
        handler = MessageHandler(
            intake, agency, connection, inlet, incoming, sender_hash, message_hash, moment
        )
        answer = await handler.answer()
    intake.wake.notify(OUTBOX)
    return answer
