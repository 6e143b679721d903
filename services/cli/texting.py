"""`blotter text add | list | revoke`: inlets for text messages and e-mail."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import cyclopts
import orjson
from cyclopts import Parameter

from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.intake.app import SCHEMA
from services.intake.texting import inlets
from services.runtime.clock import now
from services.runtime.database import connect
from services.runtime.keyring import Keyring

if TYPE_CHECKING:
    from services.intake.texting.inlets import InletRow
    from services.runtime.settings import Settings

Exercise = Annotated[bool, Parameter(negative="", help="Whatever comes here is a drill.")]
Fetched = Annotated[
    bool, Parameter(negative="", help="Answers are fetched, not taken from the webhook's answer.")
]

text_app = cyclopts.App(name="text", help="Inlets for text messages and e-mail.")


@text_app.command
def add(
    name: str,
    channel: Literal["sms", "email"],
    *,
    exercise: Exercise = False,
    fetched: Fetched = False,
    data: Data = None,
    json: Json = False,
) -> int:
    """Open the inlet NAME: print the secret that signs deliveries and the key that fetches
    replies, each shown once. Exit 1 when the name is taken."""
    try:
        secret, key = asyncio.run(_add(find_settings(data), name, channel, exercise, fetched))
    except inlets.InletError as error:
        print(error, file=sys.stderr)
        return 1
    made = {"inlet": name, "secret": secret, "key": key}
    print(
        orjson.dumps(made).decode()
        if json
        else f"secret  {secret}\nkey     {key}\npath    /api/v1/text/{name}/messages"
    )
    return 0


async def _add(
    settings: Settings, name: str, channel: Literal["sms", "email"], exercise: bool, fetched: bool
) -> tuple[str, str]:
    keyring = Keyring(settings.master_key_bytes)
    async with await connect(settings.database_url, SCHEMA) as connection:
        return await inlets.add(
            connection,
            keyring,
            name,
            channel,
            now(),
            exercise=exercise,
            replies="fetch" if fetched else "answer",
        )


@text_app.command(name="list")
def list_inlets(*, data: Data = None, json: Json = False) -> None:
    """Every inlet: its channel, when it was made and revoked."""
    found = asyncio.run(_every(find_settings(data).database_url))
    if json:
        print(orjson.dumps([asdict(row) for row in found]).decode())
        return
    for row in found:
        state = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else "open"
        drill = ", exercises only" if row.exercise else ""
        print(f"{row.name}  {row.channel}  {state}  made {row.made_at:%Y-%m-%d}{drill}")


async def _every(database_url: str) -> list[InletRow]:
    async with await connect(database_url, SCHEMA) as connection:
        return await inlets.every(connection)


@text_app.command
def revoke(name: str, *, data: Data = None) -> int:
    """Close the inlet at once; exit 1 when no open one has this name."""
    if asyncio.run(_revoke(find_settings(data).database_url, name)):
        return 0
    print("no open inlet has this name", file=sys.stderr)
    return 1


async def _revoke(database_url: str, name: str) -> bool:
    async with await connect(database_url, SCHEMA) as connection:
        return await inlets.revoke(connection, name, now())
