"""`blotter dead-letters list | show | replay`."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.table import Table

from events.topics import Topics
from services.intake import dead_letters
from services.intake.app import open_intake
from services.intake.domain.inbound import RefusedError
from services.intake.inbound import Inbound
from services.runtime.wake import Wake

if TYPE_CHECKING:
    from uuid import UUID

    from services.runtime.settings import Settings


async def listed(settings: Settings, limit: int) -> list[dict[str, Any]]:
    """The newest dead letters, without their content."""
    async with open_intake(settings, Wake(settings.database_url)) as intake:  # noqa: SIM117
        async with intake.pool.connection() as connection:
            return await dead_letters.listed(connection, limit)


async def shown(settings: Settings, letter_id: UUID) -> dict[str, Any] | None:
    """Original key, headers and value, base64 where they are no UTF-8; None if not there."""
    async with open_intake(settings, Wake(settings.database_url)) as intake:  # noqa: SIM117
        async with intake.pool.connection() as connection:
            record = await dead_letters.original(connection, intake.keyring, letter_id)
    if record is None:
        return None
    return {
        "id": letter_id,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": _readable(record.key),
        "value": _readable(record.value),
        "headers": [
            [name.encode(errors="backslashreplace").decode(), _readable(value)]
            for name, value in record.headers
        ],
    }


async def replayed(settings: Settings, letter_id: UUID) -> str | None:
    """Why it still cannot be used, or None when it was accepted."""
    async with open_intake(settings, Wake(settings.database_url)) as intake:
        try:
            await Inbound(intake, Topics(settings.topic_prefix)).replay(letter_id)
        except RefusedError as refused:
            return str(refused)
    return None


def _readable(value: bytes | None) -> dict[str, str] | None:
    if value is None:
        return None
    try:
        return {"text": value.decode()}
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}


def show_list(found: list[dict[str, Any]], *, as_json: bool) -> None:
    """The list for a person or a script."""
    if as_json:
        print(orjson.dumps(found).decode())
        return
    table = Table("id", "partner", "reason", "place", "received", "replayed", "original")
    for letter in found:
        place = f"{letter['topic']}/{letter['partition']}@{letter['record_offset']}"
        table.add_row(
            str(letter["id"]),
            letter["partner"],
            letter["reason"],
            place,
            f"{letter['received_at']:%Y-%m-%d %H:%M:%S}",
            "yes" if letter["replayed_at"] else "no",
            "kept" if letter["kept"] else "gone",
        )
    Console().print(table)
