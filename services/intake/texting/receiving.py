"""One message of a conversation: taken once, in its turn, with its answer in one transaction."""

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
from services.intake.texting.filing import Road, add, file
from services.intake.texting.rows import Conversation
from services.intake.texting.taking_up import named_in, take_up
from services.intake.texting.talk import Talk
from services.runtime.clock import new_id, random_digits
from services.runtime.keyring import DestroyedError

if TYPE_CHECKING:
    from datetime import datetime

    from events.intake import Outcome
    from services.intake.handlers import Intake
    from services.intake.texting.conversation import Speaking
    from services.intake.texting.incoming import Incoming
    from services.intake.texting.inlets import Inlet
    from services.intake.texting.taking_up import Named
    from services.intake.texting.tongues import Command, Tongue
    from services.runtime.database import Connection

MOST_REPLIES = 60
"""In one conversation: two machines that answer each other must come to an end."""
REPLIES = UUID("6d1f6e53-0a4c-5d0e-9a53-0c2f1a0f8a77")
"""Name space of replies: one delivery has one."""


@dataclass(slots=True)
class Answered:
    """What becomes of a message."""

    said: list[str] = field(default_factory=list)
    outcome: Outcome = "none"
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True)
class Receiving:
    """One message, within its transaction."""

    intake: Intake
    agency: Speaking
    connection: Connection
    inlet: Inlet
    incoming: Incoming
    sender_hash: bytes
    message_hash: bytes
    moment: datetime

    async def answer(self) -> dict[str, Any]:
        """The answer to the delivery; the same one when it came before."""
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
        text, tongues = self.incoming.text, self.agency.tongues
        command = tongues.command(text)
        if command:
            return await self._obey(command, conversation)
        if named := named_in(text):
            return await self._take_up(named, conversation)
        if language := tongues.language(text):
            conversation = conversation or await self._begin(text)
            conversation.talk.language = language
            return await self._ask_again(conversation)
        return await self._go_on(conversation, text)

    async def _go_on(self, conversation: Conversation | None, text: str) -> Answered:
        if conversation and conversation.report_id:
            try:
                async with self.connection.transaction():
                    return await self._add(conversation, text)
            except DestroyedError:  # nothing can be added to it any more: this begins another
                await rows.leave(self.connection, self.inlet.channel, self.sender_hash)
        elif conversation:
            return await self._hear(conversation, text)
        return await self._hear(await self._begin(text), text)

    async def _begin(self, text: str) -> Conversation:
        """A conversation with a number and a PIN, so that it can be gone on with elsewhere."""
        counter, *_ = await store.next_counters(self.connection, 1)
        number, pin = report_number(counter), random_digits(PIN_DIGITS)
        pin_hash = await asyncio.to_thread(self.intake.pins.hash, pin)
        talk = Talk(
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
            talk,
        )

    def _language(self, text: str) -> str:
        return self.agency.tongues.language(text) or self.agency.tongues.spoken_in(text)

    async def _hear(self, conversation: Conversation, text: str) -> Answered:
        """Take the message into the conversation."""
        talk = conversation.talk
        first = talk.asked is None
        talk.attachments += self.incoming.attachments
        heard = hear(self.agency, talk, text, self.inlet.channel, self.moment)
        conversation = replace(conversation, outcome=heard.assessment.outcome)
        said, tongue = list[str](), self._tongue(talk)
        if heard.diverted or ask_next(self.agency, talk, heard) is None:
            filed = await file(
                self.intake, self.connection, conversation, heard, self._road, self.moment
            )
            said = wording.filed(tongue, talk, filed.outcome)
            return await self._saved(filed, said, heard.assessment.outcome)
        if first:
            words = assess_texts([text], "live").outcome
            said += wording.first_words(self.agency, talk, words)
        elif not heard.understood:
            said.append(wording.not_understood(tongue))
        said.append(wording.asking(self.agency, talk))
        return await self._saved(conversation, said, heard.assessment.outcome)

    async def _add(self, conversation: Conversation, text: str) -> Answered:
        outcome = await add(
            self.intake,
            self.connection,
            conversation,
            text,
            self.message_hash,
            self._road,
            self.moment,
        )
        tongue = self._tongue(conversation.talk)
        said = wording.added(tongue, conversation.report_number, outcome)
        return await self._saved(conversation, said, outcome)

    async def _saved(
        self, conversation: Conversation, said: list[str], outcome: Outcome
    ) -> Answered:
        tongue = self._tongue(conversation.talk)
        if self.incoming.attachments:
            said = [*said[:-1], tongue.say("texting.no_attachments"), *said[-1:]]
        conversation.talk.replies += 1
        await rows.save(self.connection, self.intake.keyring, conversation, self.moment)
        return Answered(said, outcome, conversation)

    async def _take_up(self, named: Named, conversation: Conversation | None) -> Answered:
        language = conversation.talk.language if conversation else self._language(named.rest)
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
            wrong = self.agency.tongues.of(language).say("texting.unknown_number")
            answered = Answered([wrong])
            if named.rest:
                answered = await self._go_on(conversation, named.rest)
                answered.said.insert(0, wrong)
            return answered
        went_on = self._tongue(found.talk).say("texting.went_on", number=found.report_number)
        if named.rest:
            answered = await self._go_on(found, named.rest)
            answered.said.insert(0, went_on)
            return answered
        return await self._ask_again(found, went_on)

    async def _ask_again(self, conversation: Conversation, *said: str) -> Answered:
        """The question that is open, for somebody who came from elsewhere."""
        asked = [] if conversation.report_id else [wording.asking(self.agency, conversation.talk)]
        return await self._saved(conversation, [*said, *asked], "none")

    async def _obey(self, command: Command, conversation: Conversation | None) -> Answered:
        text, channel = self.incoming.text, self.inlet.channel
        language = conversation.talk.language if conversation else self._language(text)
        tongue = self.agency.tongues.of(language)
        match command:
            case "stop":
                await post.stop(self.connection, channel, self.sender_hash, self.moment)
                told = "stopped"
            case "start":
                await post.start(self.connection, channel, self.sender_hash)
                told = "started"
            case "help":
                told = "help"
            case "new":
                await rows.leave(self.connection, channel, self.sender_hash)
                begin = tongue.say("texting.begin")
                return Answered([wording.told(self.agency, tongue, "nobody_sent"), begin])
            case "anonymous":
                return await self._hide_address(conversation, tongue)
            case _:
                assert_never(command)
        outcome = assess_texts([text], "live").outcome
        return Answered([wording.told(self.agency, tongue, told)], outcome, conversation)

    async def _hide_address(self, conversation: Conversation | None, tongue: Tongue) -> Answered:
        conversation = conversation or await self._begin(self.incoming.text)
        conversation.talk.anonymous = True
        return await self._ask_again(conversation, tongue.say("texting.anonymous"))

    async def _reply(self, answered: Answered) -> dict[str, Any]:
        conversation, inlet = answered.conversation, self.inlet
        language = (
            conversation.talk.language if conversation else self._language(self.incoming.text)
        )
        local = self.agency.tongues.of(language).local
        reply = "\n".join(answered.said)
        if inlet.channel == "email" and reply:
            reply = f"{self.agency.tongues.of(language).say('texting.above')}\n\n{reply}"
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
        """Whether a message goes back. After STOP only where somebody may be in danger."""
        command = self.agency.tongues.command(self.incoming.text)
        if not self.incoming.sender or self.incoming.automatic or not answered.said:
            return False
        if answered.outcome == "divert" or command in ("stop", "start", "help"):
            return True
        talk = answered.conversation.talk if answered.conversation else None
        if talk and talk.replies > MOST_REPLIES:
            return False
        return not await post.has_stopped(self.connection, self.inlet.channel, self.sender_hash)

    def _tongue(self, talk: Talk) -> Tongue:
        return self.agency.tongues.of(talk.language)

    @property
    def _road(self) -> Road:
        return Road(self.inlet.name, self.inlet.exercise)


async def receive(
    intake: Intake, agency: Speaking, inlet: Inlet, incoming: Incoming, moment: datetime
) -> dict[str, Any]:
    """Take a message and give its answer, committed; a repeated delivery gives the first."""
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
    address = sender or message_hash.hex()  # nobody to answer: a conversation of its own
    sender_hash = rows.hidden(
        keyring, "sender", inlet.channel, "drill" if inlet.exercise else "live", address
    )
    async with intake.pool.connection() as connection, connection.transaction():
        receiving = Receiving(
            intake, agency, connection, inlet, incoming, sender_hash, message_hash, moment
        )
        answer = await receiving.answer()
    intake.wake.ring(OUTBOX)
    return answer
