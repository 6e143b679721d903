"""Listing, reading and replaying dead letters from an installation's settings."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from events.topics import Topics
from services.intake import dead_letters
from services.intake.app import open_intake
from services.intake.domain.inbound import RefusedError
from services.intake.inbound_consumer import Inbound
from services.runtime.wake import Wake

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from uuid import UUID

    from services.intake.handlers import Intake
    from services.runtime.settings import Settings


async def newest(settings: Settings, limit: int) -> list[dict[str, Any]]:
    """The newest dead letters, without their content."""
    async with _open(settings) as intake, intake.pool.connection() as connection:
        return await dead_letters.listed(connection, limit)


async def original(settings: Settings, letter_id: UUID) -> dict[str, Any] | None:
    """Original key, headers and value, base64 where not UTF-8; None if there is none."""
    async with _open(settings) as intake, intake.pool.connection() as connection:
        record = await dead_letters.original(connection, intake.keyring, letter_id)
    if record is None:
        return None
    return {
        "id": letter_id,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": _text_or_base64(record.key),
        "value": _text_or_base64(record.value),
        "headers": [
            [name.encode(errors="backslashreplace").decode(), _text_or_base64(value)]
            for name, value in record.headers
        ],
    }


async def replay(settings: Settings, letter_id: UUID) -> str | None:
    """Why it still cannot be used, or None when it was accepted."""
    async with _open(settings) as intake:
        try:
            await Inbound(intake, Topics(settings.topic_prefix)).replay(letter_id)
        except RefusedError as refused:
            return str(refused)
    return None


def _open(settings: Settings) -> AbstractAsyncContextManager[Intake]:
    return open_intake(settings, Wake(settings.database_url))


def _text_or_base64(value: bytes | None) -> dict[str, str] | None:
    if value is None:
        return None
    try:
        return {"text": value.decode()}
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}
