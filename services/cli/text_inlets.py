"""`blotter text add | list | revoke`: inlets for text messages and e-mail."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated, Literal

import cyclopts
import orjson
from cyclopts import Parameter

from services.cli.database import run_in_schema
from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.intake.app import SCHEMA
from services.intake.texting import inlets
from services.runtime.clock import now
from services.runtime.keyring import Keyring

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
    settings = find_settings(data)
    keyring = Keyring(settings.master_key_bytes)
    replies: inlets.Replies = "fetch" if fetched else "answer"
    try:
        secret, key = run_in_schema(
            settings.database_url,
            SCHEMA,
            lambda connection: inlets.add(
                connection, keyring, name, channel, now(), exercise=exercise, replies=replies
            ),
        )
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


@text_app.command(name="list")
def list_inlets(*, data: Data = None, json: Json = False) -> None:
    """Every inlet: its channel, when it was made and revoked."""
    found = run_in_schema(find_settings(data).database_url, SCHEMA, inlets.every)
    if json:
        print(orjson.dumps([asdict(row) for row in found]).decode())
        return
    for row in found:
        state = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else "open"
        drill = ", exercises only" if row.exercise else ""
        print(f"{row.name}  {row.channel}  {state}  made {row.made_at:%Y-%m-%d}{drill}")


@text_app.command
def revoke(name: str, *, data: Data = None) -> int:
    """Close the inlet at once; exit 1 when no open one has this name."""
    url = find_settings(data).database_url
    if run_in_schema(url, SCHEMA, lambda connection: inlets.revoke(connection, name, now())):
        return 0
    print("no open inlet has this name", file=sys.stderr)
    return 1
