"""`blotter open311 key add | list | revoke`: keys of applications that file service requests."""

from __future__ import annotations

import sys
from dataclasses import asdict

import cyclopts
import orjson

from services.cli.database import run_in_schema
from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.intake.open311 import keys
from services.runtime.clock import now

open311_app = cyclopts.App(name="open311", help="The Open311 endpoint.")
key_app = cyclopts.App(name="key", help="Keys of applications that file service requests.")
open311_app.command(key_app)


@key_app.command
def add(label: str, *, data: Data = None, json: Json = False) -> None:
    """Print a new key for the application LABEL; it is shown once."""
    url = find_settings(data).database_url
    key_id, key = run_in_schema(
        url, keys.SCHEMA, lambda connection: keys.add(connection, label, now())
    )
    print(orjson.dumps({"key_id": key_id, "key": key}).decode() if json else key)


@key_app.command(name="list")
def list_keys(*, data: Data = None, json: Json = False) -> None:
    """Every key by its id: label, when it was made, last used and revoked."""
    found = run_in_schema(find_settings(data).database_url, keys.SCHEMA, keys.every)
    if json:
        print(orjson.dumps([asdict(row) for row in found]).decode())
        return
    for row in found:
        state = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else "valid"
        used = row.last_used_on or "never"
        print(f"{row.key_id}  {state}  made {row.made_at:%Y-%m-%d}, used {used}  {row.label}")


@key_app.command
def revoke(key_id: str, *, data: Data = None) -> int:
    """End the key with this id at once; exit 1 when no valid key has it."""
    url = find_settings(data).database_url
    if run_in_schema(url, keys.SCHEMA, lambda connection: keys.revoke(connection, key_id, now())):
        return 0
    print("no valid key has this id", file=sys.stderr)
    return 1
