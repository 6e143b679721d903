"""A record with its personal values, as found by any of its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from events.codec import decode
from events.personal import personal_fields
from services.projections import queries
from services.runtime.keyring import subjects_of, unseal
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from events.envelope import Envelope
    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Stored:
    """One event at its place, opened as far as keys exist, with the bytes as stored."""

    position: int
    envelope: Envelope
    body: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """`ids`: the call, if there is one, and then its reports; `hidden`: why subjects are closed."""

    number: str
    ids: tuple[UUID, ...]
    entries: tuple[Stored, ...]
    hidden: Mapping[str, str]

    def personal(self) -> set[str]:
        """Names of the personal fields that can still be read."""
        return {
            name
            for entry in self.entries
            for name, value in personal_fields(entry.envelope.data)
            if value.value is not None
        }


async def load(connection: Connection, keyring: Keyring, number: str) -> Record:
    """The record behind a report, call or case number; a problem 404 when there is none."""
    found = await queries.find(connection, number)
    if found is None:
        raise ProblemError(404, "no-such-record", "No report, call or case has this number")
    ids = await queries.records(connection, *found)
    stored = [(at, body, decode(body)) for at, body in await queries.history(connection, *found)]
    subjects = subjects_of(envelope.data for _, _, envelope in stored)
    keys = await keyring.find(connection, subjects)
    hidden = await keyring.hidden(connection, subjects)
    entries = tuple(Stored(at, unseal(envelope, keys), body) for at, body, envelope in stored)
    return Record(number, tuple(ids), entries, hidden)
