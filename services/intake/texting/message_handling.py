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
from services.intake.texting import post, rows, wording
from services.intake.texting.conversation import ask_next, hear
from services.intake.texting.conversation_filing import Origin, add, file
from services.intake.texting.dialogue import Dialogue
from services.intake.texting.rows import Conversation
from services.intake.texting.taking_up import named_in, take_up
from services.runtime.clock import new_id, random_digits
from services.runtime.keyring import DestroyedError

if TYPE_CHECKING:
    from datetime import datetime

    from events.intake import Outcome
    from services.intake.handlers import Intake
    from services.intake.texting.conversation import Speaking
    from services.intake.texting.incoming import Incoming
    from services.intake.texting.inlets import Inlet
    from services.intake.texting.languages import Command, LanguageWords
    from services.intake.texting.taking_up import Named
    from services.runtime.database import Connection

MOST_REPLIES = 60
"""Replies in one conversation; ends a loop of two machines."""
REPLIES = UUID("6d1f6e53-0a4c-5d0e-9a53-0c2f1a0f8a77")
"""Name space of reply ids: one for each delivery."""


@dataclass(slots=True)
class Answered:
    """The result of handling a message."""

    messages: list[str] = field(default_factory=list)
    outcome: Outcome = "none"
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True)
class Receiving:
    """One message and the transaction in which it is handled."""

    intake: Intake
    agency: Speaking
    connection: Connection
    inlet: Inlet
    incoming: Incoming
    sender_hash: bytes
    message_hash: bytes
    moment: datetime

    async def answer(self) -> dict[str, Any]:
        """The answer to the delivery; a repeated delivery gets the first answer."""
        keyring, name = self.intake.keyring, self.inlet.name
        await rows.take_turn(self.connection, self.sender_hash)
        before = await post.delivered(self.connection, keyring, name, self.message_hash)
        if before:
            return before.answer or {"message_id": self.incoming.message_id, "reply": None}
        answered = await self._take()
        answer = await self._reply(answered)
        await post.remember(self.connection, keyring, name, self.message_hash, answer, self.moment)
        return answer

    async def _take(self) -> Answered:
        conversation = await rows.current(
            self.connection, self.intake.keyring, self.inlet.channel, self.sender_hash
        )
        text, languages = self.incoming.text, self.agency.languages
        command = languages.command(text)
        if command:
            return await self._obey(command, conversation)
        if named := named_in(text):
            return await self._take_up(named, conversation)
        if language := languages.language(text):
            conversation = conversation or await self._begin(text)
            conversation.dialogue.language = language
            return await self._ask_again(conversation)
        return await self._go_on(conversation, text)

    async def _go_on(self, conversation: Conversation | None, text: str) -> Answered:
        if conversation and conversation.report_id:
            try:
                async with self.connection.transaction():
                    return await self._add(conversation, text)
            except DestroyedError:  # the report is erased
                await rows.leave(self.connection, self.inlet.channel, self.sender_hash)
        elif conversation:
            return await self._hear(conversation, text)
        return await self._hear(await self._begin(text), text)

    async def _begin(self, text: str) -> Conversation:
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
        return self.agency.languages.language(text) or self.agency.languages.spoken_in(text)

    async def _hear(self, conversation: Conversation, text: str) -> Answered:
        """Record the message as an answer; reply with the next question, or file the report."""
        dialogue = conversation.dialogue
        first = dialogue.asked is None
        dialogue.attachments += self.incoming.attachments
        heard = hear(self.agency, dialogue, text, self.inlet.channel, self.moment)
        conversation = replace(conversation, outcome=heard.assessment.outcome)
        messages, language_words = list[str](), self._language_words(dialogue)
        if heard.diverted or ask_next(self.agency, dialogue, heard) is None:
            filed = await file(
                self.intake, self.connection, conversation, heard, self._origin, self.moment
            )
            messages = wording.filed(language_words, dialogue, filed.outcome)
            return await self._saved(filed, messages, heard.assessment.outcome)
        if first:
            words = assess_texts([text], "live").outcome
            messages += wording.first_words(self.agency, dialogue, words)
        elif not heard.understood:
            messages.append(wording.not_understood(language_words))
        messages.append(wording.asking(self.agency, dialogue))
        return await self._saved(conversation, messages, heard.assessment.outcome)

    async def _add(self, conversation: Conversation, text: str) -> Answered:
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
        return await self._saved(conversation, messages, outcome)

    async def _saved(
        self, conversation: Conversation, messages: list[str], outcome: Outcome
    ) -> Answered:
        language_words = self._language_words(conversation.dialogue)
        if self.incoming.attachments:
            messages = [
                *messages[:-1],
                language_words.say("texting.no_attachments"),
                *messages[-1:],
            ]
        conversation.dialogue.replies += 1
        await rows.save(self.connection, self.intake.keyring, conversation, self.moment)
        return Answered(messages, outcome, conversation)

    async def _take_up(self, named: Named, conversation: Conversation | None) -> Answered:
        language = conversation.dialogue.language if conversation else self._language(named.rest)
        found = await take_up(
            self.intake,
            self.connection,
            self.inlet,
            named,
            self.sender_hash,
            self.incoming.sender,
            language,
            self.moment,
        )
        if found is None:
            wrong = self.agency.languages.of(language).say("texting.unknown_number")
            answered = Answered([wrong])
            if named.rest:
                answered = await self._go_on(conversation, named.rest)
                answered.messages.insert(0, wrong)
            return answered
        went_on = self._language_words(found.dialogue).say(
            "texting.went_on", number=found.report_number
        )
        if named.rest:
            answered = await self._go_on(found, named.rest)
            answered.messages.insert(0, went_on)
            return answered
        return await self._ask_again(found, went_on)

    async def _ask_again(self, conversation: Conversation, *messages: str) -> Answered:
        """The open question, for a sender who has just continued the conversation here."""
        asked = (
            [] if conversation.report_id else [wording.asking(self.agency, conversation.dialogue)]
        )
        return await self._saved(conversation, [*messages, *asked], "none")

    async def _obey(self, command: Command, conversation: Conversation | None) -> Answered:
        text, channel = self.incoming.text, self.inlet.channel
        language = conversation.dialogue.language if conversation else self._language(text)
        language_words = self.agency.languages.of(language)
        match command:
            case "stop":
                await post.stop(self.connection, channel, self.sender_hash, self.moment)
                notice = "stopped"
            case "start":
                await post.start(self.connection, channel, self.sender_hash)
                notice = "started"
            case "help":
                notice = "help"
            case "new":
                await rows.leave(self.connection, channel, self.sender_hash)
                begin = language_words.say("texting.begin")
                return Answered([wording.notice(self.agency, language_words, "nobody_sent"), begin])
            case "anonymous":
                return await self._hide_address(conversation, language_words)
            case _:
                assert_never(command)
        outcome = assess_texts([text], "live").outcome
        return Answered(
            [wording.notice(self.agency, language_words, notice)], outcome, conversation
        )

    async def _hide_address(
        self, conversation: Conversation | None, language_words: LanguageWords
    ) -> Answered:
        conversation = conversation or await self._begin(self.incoming.text)
        conversation.dialogue.anonymous = True
        return await self._ask_again(conversation, language_words.say("texting.anonymous"))

    async def _reply(self, answered: Answered) -> dict[str, Any]:
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
            await post.put_out(
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

    async def _may_be_answered(self, answered: Answered) -> bool:
        """Whether a reply is sent. After STOP only when the outcome is an emergency."""
        command = self.agency.languages.command(self.incoming.text)
        if not self.incoming.sender or self.incoming.automatic or not answered.messages:
            return False
        if answered.outcome == "divert" or command in ("stop", "start", "help"):
            return True
        dialogue = answered.conversation.dialogue if answered.conversation else None
        if dialogue and dialogue.replies > MOST_REPLIES:
            return False
        return not await post.has_stopped(self.connection, self.inlet.channel, self.sender_hash)

    def _language_words(self, dialogue: Dialogue) -> LanguageWords:
        return self.agency.languages.of(dialogue.language)

    @property
    def _origin(self) -> Origin:
        return Origin(self.inlet.name, self.inlet.exercise)


async def receive(
    intake: Intake, agency: Speaking, inlet: Inlet, incoming: Incoming, moment: datetime
) -> dict[str, Any]:
    """Handle a message; gives the committed answer. A repeated delivery gets the first one."""
    keyring = intake.keyring
    sender, text = incoming.sender, incoming.text
    message_hash = rows.hidden(
        keyring,
        "message",
        inlet.name,
        incoming.message_id,
        sender,
        text,
        str(incoming.attachments),
    )
    address = sender or message_hash.hex()  # no address to reply to: a conversation of its own
    sender_hash = rows.hidden(
        keyring, "sender", inlet.channel, "drill" if inlet.exercise else "live", address
    )
    async with intake.pool.connection() as connection, connection.transaction():
        receiving = Receiving(
            intake, agency, connection, inlet, incoming, sender_hash, message_hash, moment
        )
        answer = await receiving.answer()
    intake.wake.notify(OUTBOX)
    return answer
