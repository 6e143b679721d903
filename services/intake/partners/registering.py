"""Adding a partner: its two topics, its row, its first token, and the access list it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from events.topics import Topics
from services.intake.partners import registry
from services.runtime.clock import now
from services.runtime.database import connect
from services.runtime.kafka import Admin, NoAccessListsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.intake.partners.registry import NewToken
    from services.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class NewPartner:
    """What a new partner is given: topics on Kafka, and two tokens for HTTP.

    `guarded` says whether the topics' access lists could be made its identity.
    """

    inbound: str
    replies: str
    token: NewToken
    exercise_token: NewToken
    guarded: bool


async def add(
    settings: Settings, name: str, label: str, answers_for: Sequence[str], kafka_user: str
) -> NewPartner:
    """Make the topics with their access lists, the row and the tokens, or nothing of the row.

    PartnerError when it cannot be added.
    """
    if not registry.NAME.fullmatch(name):
        raise registry.PartnerError(registry.BAD_NAME)
    topics, moment = Topics(settings.topic_prefix), now()
    inbound, replies = topics.inbound(name), topics.replies(name)
    async with (
        await connect(settings.database_url, "intake") as connection,
        connection.transaction(),
    ):
        await registry.add(connection, name, label, answers_for, moment)
        token = await registry.make_token(connection, name, moment)
        drill = await registry.make_token(connection, name, moment, exercise_only=True)
        guarded = await _make_topics(settings, inbound, replies, kafka_user)
    return NewPartner(inbound, replies, token, drill, guarded)


async def _make_topics(settings: Settings, inbound: str, replies: str, user: str) -> bool:
    admin = Admin(settings.kafka_bootstrap)
    try:
        await admin.ensure([inbound], kept_forever=False)
        await admin.ensure([replies])
        await admin.allow(user, writes=[inbound], reads=[replies])
    except NoAccessListsError:
        return False
    finally:
        await admin.close()
    return True


async def rotate(settings: Settings, name: str, overlap_hours: float) -> NewToken:
    """A new token; the old ones go on for a while, so that nothing is refused meanwhile."""
    moment = now()
    async with (
        await connect(settings.database_url, "intake") as connection,
        connection.transaction(),
    ):
        return await registry.rotate(
            connection, name, moment, moment + timedelta(hours=overlap_hours)
        )


async def revoke(settings: Settings, name: str, token_id: UUID | None) -> tuple[int, int | None]:
    """End a token, or all of a partner's and its rights on its topics, at once.

    Gives how many of each; None for the rights when the broker has no access lists.
    """
    topics = Topics(settings.topic_prefix)
    async with await connect(settings.database_url, "intake") as connection:
        ended = await registry.revoke(connection, name, token_id, now())
    if token_id is not None:
        return ended, 0
    admin = Admin(settings.kafka_bootstrap)
    try:
        return ended, await admin.disallow([topics.inbound(name), topics.replies(name)])
    except NoAccessListsError:
        return ended, None
    finally:
        await admin.close()


async def listed(settings: Settings) -> list[dict[str, Any]]:
    """Every partner, with its living tokens."""
    async with await connect(settings.database_url, "intake") as connection:
        return await registry.listed(connection, now())
