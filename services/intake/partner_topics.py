"""The partners' topics: an inbound topic and a reply topic for each partner."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.intake.partners import registry

if TYPE_CHECKING:
    from events.topics import Topics
    from services.runtime.database import Pool
    from services.runtime.kafka import Admin


@dataclass(slots=True)
class PartnerTopics:
    """Read again periodically, since a partner's topic may appear at any time.

    `changed` is set when an inbound topic appears.
    """

    admin: Admin
    topics: Topics
    pool: Pool
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: set[str] = field(default_factory=set)

    async def inbound(self) -> list[str]:
        """The topics that partners write."""
        found = [name for name in await self.admin.names() if self.topics.partner_of(name)]
        if not self._seen.issuperset(found):
            self._seen.update(found)
            self.changed.set()
        return found

    async def own(self) -> list[str]:
        """The topics that intake writes: events, dead letters, and each partner's replies."""
        partners = {self.topics.partner_of(name) or "" for name in await self.inbound()}
        async with self.pool.connection() as connection:
            partners |= set(await registry.names(connection))
        replies = map(self.topics.replies, sorted(partners))
        return [self.topics.of("intake"), self.topics.dead_letters, *replies]
