"""Who reads: an identity in one session, through one service and one way."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from typing import TYPE_CHECKING

from events.envelope import Actor, access_stream
from services.runtime.clock import new_id

if TYPE_CHECKING:
    from uuid import UUID

    from services.runtime.identity import Identity


@dataclass(frozen=True, slots=True)
class Reader:
    """`who` and `role` by id, never by name; `session` leads back to no secret."""

    who: str
    role: str
    session: UUID
    service: str
    through: str

    @property
    def stream(self) -> str:
        """Where the reads of this session through this service are."""
        return access_stream(self.service, self.session)

    @property
    def actor(self) -> Actor:
        """The reader as the actor of an event."""
        return Actor(self.who, "department", self.through)


def reader_of(identity: Identity, service: str, through: str) -> Reader:
    """The reader behind an identity, asking `service` through `console` or `api`."""
    return Reader(identity.account, identity.role.value, identity.session, service, through)


def api_reader(identity: Identity) -> Reader:
    """Who asks the read side's API."""
    return reader_of(identity, "projections", "api")


def operator(service: str = "cli") -> Reader:
    """Whoever runs the command line beside the database; each run is a session of its own."""
    return Reader(f"operator-{getpass.getuser()}", "operator", new_id(), service, "cli")
