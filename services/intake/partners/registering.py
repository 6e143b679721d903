"""Adding a partner: its two topics, its row, its first tokens, and its access list."""

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
    """The topics on Kafka and the two HTTP tokens of a new partner.

    `guarded`: whether the topics' access lists could be set.
    """

    inbound: str
    replies: str
    token: NewToken
    exercise_token: NewToken
    guarded: bool


async def add(
    settings: Settings, name: str, label: str, answers_for: Sequence[str], kafka_user: str
) -> NewPartner:
    """Create the topics with their access lists, then row and tokens in one transaction.

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
    """Create a new token; the old ones stay valid for `overlap_hours`."""
    moment = now()
    async with (
        await connect(settings.database_url, "intake") as connection,
        connection.transaction(),
    ):
        return await registry.rotate(
            connection, name, moment, moment + timedelta(hours=overlap_hours)
        )


async def revoke(settings: Settings, name: str, token_id: UUID | None) -> tuple[int, int | None]:
    """Revoke one token at once, or all tokens of a partner and its access to its topics.

    Gives how many of each; None for the access when the broker has no access lists.
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
    """Every partner with its valid tokens."""
    async with await connect(settings.database_url, "intake") as connection:
        return await registry.listed(connection, now())
