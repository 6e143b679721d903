"""Personal values under one key per data subject; subject keys wrapped by the master key.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce in front of the ciphertext. Associated
data: the subject for a wrapped key, `event id/field` for a value.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, TypeAdapter

from events.personal import Personal, personal_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from events.envelope import Envelope, Event
    from services.runtime.database import Connection

NONCE_BYTES = 12
Keys = dict[str, bytes]


def _encrypt(key: bytes, plain: bytes, associated: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated.encode())


def _decrypt(key: bytes, box: bytes, associated: str) -> bytes:
    return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], associated.encode())


class Keyring:
    """Makes, finds and uses the keys of data subjects."""

    def __init__(self, master_key: bytes) -> None:
        self._master_key = master_key

    def encrypt(self, plain: bytes, associated: str) -> bytes:
        """Under the master key itself, for short-lived answers and dead letters."""
        return _encrypt(self._master_key, plain, associated)

    def decrypt(self, box: bytes, associated: str) -> bytes:
        """Undo `encrypt`; InvalidTag when it was made for something else."""
        return _decrypt(self._master_key, box, associated)

    async def find(self, connection: Connection, subjects: Iterable[str]) -> Keys:
        """The keys that exist; a destroyed key is simply not there."""
        cursor = await connection.execute(
            "select subject, wrapped from subject_keys where subject = any(%s)", [list(subjects)]
        )
        return {
            subject: self.decrypt(bytes(wrapped), subject)
            for subject, wrapped in await cursor.fetchall()
        }

    async def find_or_make(self, connection: Connection, subjects: Iterable[str]) -> Keys:
        """The keys of `subjects`, made in this transaction where they are missing."""
        wanted = list(dict.fromkeys(subjects))
        if not wanted:
            return {}
        made = {subject: AESGCM.generate_key(256) for subject in wanted}
        cursor = await connection.execute(
            "insert into subject_keys (subject, wrapped)"
            " select * from unnest(%s::text[], %s::bytea[])"
            " on conflict do nothing returning subject",
            [wanted, [self.encrypt(made[subject], subject) for subject in wanted]],
        )
        new = {row[0] for row in await cursor.fetchall()}
        known = [subject for subject in wanted if subject not in new]
        found = await self.find(connection, known) if known else {}
        return {subject: made[subject] for subject in new} | found


def subjects_of(events: Iterable[Event]) -> list[str]:
    """The data subjects whose values these events hold."""
    return [value.subject for event in events for _, value in personal_fields(event)]


def seal(envelope: Envelope, keys: Mapping[str, bytes]) -> Envelope:
    """The envelope with every open personal value encrypted under its subject's key."""
    sealed: dict[str, Personal[Any]] = {}
    for name, personal in personal_fields(envelope.data):
        if personal.sealed is None:
            box = _encrypt(
                keys[personal.subject], _to_bytes(personal.value), _place(envelope, name)
            )
            sealed[name] = Personal[Any](subject=personal.subject, sealed=b64encode(box).decode())
    return replace(envelope, data=envelope.data.model_copy(update=sealed)) if sealed else envelope


def unseal(
    envelope: Envelope, keys: Mapping[str, bytes], only: Collection[str] | None = None
) -> Envelope:
    """The envelope with what can be decrypted opened; the rest stays sealed: its key is gone.

    `only` names the fields to open, for those who need no others.
    """
    opened: dict[str, Any] = {}
    for name, personal in personal_fields(envelope.data):
        key = keys.get(personal.subject) if only is None or name in only else None
        if key is None or personal.sealed is None:
            continue
        try:
            plain = _decrypt(key, b64decode(personal.sealed), _place(envelope, name))
        except (InvalidTag, ValueError):  # moved, altered, or no box at all
            continue
        field = {"subject": personal.subject, "value": orjson.loads(plain)}
        opened[name] = _adapter(type(envelope.data), name).validate_python(field)
    return replace(envelope, data=envelope.data.model_copy(update=opened)) if opened else envelope


def _place(envelope: Envelope, field: str) -> str:
    return f"{envelope.event_id}/{field}"


def _to_bytes(value: object) -> bytes:
    if isinstance(value, BaseModel):
        return value.model_dump_json(exclude_defaults=True).encode()
    return orjson.dumps(value)


@cache
def _adapter(event: type[Event], field: str) -> TypeAdapter[Any]:
    annotation: Any = event.model_fields[field].annotation
    return TypeAdapter(annotation)
