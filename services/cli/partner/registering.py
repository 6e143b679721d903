"""Adding a partner: its two topics, its row, its first token, and the access list it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from events.topics import Topics
from services.intake.app import SCHEMA
from services.intake.partners import registry
from services.runtime.clock import now
from services.runtime.database import connect
from services.runtime.kafka import Admin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.intake.partners.registry import NewToken
    from services.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class NewPartner:
    """What a new partner is given: topics on Kafka, and two tokens for HTTP."""

    inbound: str
    replies: str
    token: NewToken
    exercise_token: NewToken


async def add(settings: Settings, name: str, label: str, answers_for: Sequence[str]) -> NewPartner:
    """Make the topics, then the row and the tokens; PartnerError when it cannot be added."""
    topics = Topics(settings.topic_prefix)
    if not registry.NAME.fullmatch(name):
        raise registry.PartnerError(registry.BAD_NAME)
    admin = Admin(settings.kafka_bootstrap)
    try:
        await admin.ensure([topics.inbound(name)], kept_forever=False)
        await admin.ensure([topics.replies(name)])
    finally:
        await admin.close()
    moment = now()
    async with await connect(settings.database_url, SCHEMA) as connection, connection.transaction():
        await registry.add(connection, name, label, answers_for, moment)
        token = await registry.make_token(connection, name, moment)
        drill = await registry.make_token(connection, name, moment, exercise_only=True)
    return NewPartner(topics.inbound(name), topics.replies(name), token, drill)


async def rotate(settings: Settings, name: str, overlap_hours: float) -> NewToken:
    """A new token; the old ones go on for a while, so that nothing is refused meanwhile."""
    moment = now()
    async with await connect(settings.database_url, SCHEMA) as connection, connection.transaction():
        return await registry.rotate(
            connection, name, moment, moment + timedelta(hours=overlap_hours)
        )


async def revoke(settings: Settings, name: str, token_id: UUID | None) -> int:
    """End a token, or all of a partner's, at once."""
    async with await connect(settings.database_url, SCHEMA) as connection:
        return await registry.revoke(connection, name, token_id, now())


async def listed(settings: Settings) -> list[dict[str, Any]]:
    """Every partner, with its living tokens."""
    async with await connect(settings.database_url, SCHEMA) as connection:
        return await registry.listed(connection, now())


def access_lists(partner: NewPartner, user: str) -> list[str]:
    """The commands that make the topics' access lists the partner's identity."""
    acl = "kafka-acls.sh --bootstrap-server HOST:PORT --add --allow-principal"
    return [
        f"{acl} User:{user} --operation Write --operation Describe --topic {partner.inbound}",
        f"{acl} User:{user} --operation Read --operation Describe --topic {partner.replies}",
        f"{acl} User:{user} --operation Read --group {user}",
    ]
