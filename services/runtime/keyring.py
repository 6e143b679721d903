"""Personal values under one key per data subject; subject keys wrapped by the key of an epoch.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce in front of the ciphertext. Associated
data: the subject for a wrapped key, `event id/field` for a value.
"""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, TypeAdapter

from events.personal import Personal, personal_fields
from services.runtime.epochs import EpochGoneError, Epochs

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


class DestroyedError(Exception):
    """The data subject was erased: nothing personal is kept under it any more."""


class Keyring:
    """Makes, finds and uses the keys of data subjects."""

    def __init__(self, master_key: bytes, epochs: Epochs | None = None) -> None:
        self._master_key = master_key
        self._epoch: int | None = None
        self.epochs = epochs or Epochs(None, master_key)

    def encrypt(self, plain: bytes, associated: str) -> bytes:
        """Under the master key itself, for short-lived answers and dead letters."""
        return _encrypt(self._master_key, plain, associated)

    def decrypt(self, box: bytes, associated: str) -> bytes:
        """Undo `encrypt`; InvalidTag when it was made for something else."""
        return _decrypt(self._master_key, box, associated)

    def wrap(self, key: bytes, subject: str, epoch: int) -> bytes:
        """A subject's key, encrypted under the key of an epoch."""
        return _encrypt(self.epochs.key(epoch), key, subject)

    def unwrap(self, wrapped: bytes, subject: str, epoch: int) -> bytes:
        """Undo `wrap`; EpochGoneError when the epoch's key is destroyed."""
        return _decrypt(self.epochs.key(epoch), wrapped, subject)

    def derived(self, epoch: int, purpose: str) -> bytes:
        """A key for something else, that is gone together with its epoch."""
        return hmac.digest(self.epochs.key(epoch), purpose.encode(), "sha256")

    async def find(
        self, connection: Connection, subjects: Iterable[str], *, even_sealed: bool = False
    ) -> Keys:
        """The keys one may read with: neither destroyed nor, for those who show things, sealed."""
        cursor = await connection.execute(
            "select subject, wrapped, epoch from subject_keys"
            " where subject = any(%s) and wrapped is not null and (%s or not sealed)",
            [list(subjects), even_sealed],
        )
        found = {}
        for subject, wrapped, epoch in await cursor.fetchall():
            with suppress(EpochGoneError):
                found[subject] = self.unwrap(bytes(wrapped), subject, epoch)
        return found

    async def find_or_make(self, connection: Connection, subjects: Iterable[str]) -> Keys:
        """The keys to write with, made in this transaction where they are missing.

        DestroyedError when one of the subjects was erased.
        """
        wanted = list(dict.fromkeys(subjects))
        keys = await self._make(connection, wanted) if wanted else {}
        missing = [subject for subject in wanted if subject not in keys]
        if missing:
            self._epoch = None  # retired meanwhile: another try with the newest
            keys |= await self._make(connection, missing)
        if len(keys) < len(wanted):
            raise DestroyedError
        return keys

    async def _make(self, connection: Connection, wanted: list[str]) -> Keys:
        if self._epoch is None:
            self._epoch = self.epochs.newest()
        made = {subject: AESGCM.generate_key(256) for subject in wanted}
        cursor = await connection.execute(
            "insert into subject_keys (subject, wrapped, epoch)"
            " select s, w, %s from unnest(%s::text[], %s::bytea[]) as k (s, w) where not exists"
            " (select from key_epochs where epoch = %s and retired_at is not null)"
            " on conflict do nothing returning subject",
            [
                self._epoch,
                wanted,
                [self.wrap(made[subject], subject, self._epoch) for subject in wanted],
                self._epoch,
            ],
        )
        new = {row[0] for row in await cursor.fetchall()}
        known = [subject for subject in wanted if subject not in new]
        found = await self.find(connection, known, even_sealed=True) if known else {}
        return {subject: made[subject] for subject in new} | found

    async def hidden(self, connection: Connection, subjects: Iterable[str]) -> dict[str, str]:
        """Why a subject's values are not shown, in the one word that every page uses."""
        cursor = await connection.execute(
            "select s, k.wrapped is null as gone, k.sealed, k.epoch"
            " from unnest(%s::text[]) s left join subject_keys k on k.subject = s",
            [list(set(subjects))],
        )
        kept = set(self.epochs.kept())
        words = {}
        for subject, gone, sealed, epoch in await cursor.fetchall():
            if gone:
                words[subject] = "erased"
            elif sealed:
                words[subject] = "sealed"
            elif epoch not in kept:
                words[subject] = "unreadable"
        return words


def fingerprint(key: bytes) -> str:
    """What identifies a key of 256 random bits without giving it away."""
    return sha256(b"blotter subject key\x00" + key).hexdigest()[:32]


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
