"""`blotter telephone add | revoke`: systems that may tell of telephone calls."""

from __future__ import annotations

import sys

import cyclopts
import orjson

from services.cli.database import run_in_schema
from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.intake.app import SCHEMA
from services.intake.telephone import systems
from services.runtime.clock import now
from services.runtime.keyring import Keyring

telephone_app = cyclopts.App(name="telephone", help="Systems that tell of telephone calls.")


@telephone_app.command
def add(name: str, *, data: Data = None, json: Json = False) -> int:
    """Believe the system NAME: print the secret that signs what it tells, shown once. Exit 1 when
    the name is taken, or is not made of a-z, 0-9 and -."""
    settings = find_settings(data)
    keyring = Keyring(settings.master_key_bytes)
    secret = run_in_schema(
        settings.database_url,
        SCHEMA,
        lambda connection: systems.add(connection, keyring, name, now()),
    )
    if secret is None:
        print("the name is taken, or is not made of a-z, 0-9 and -", file=sys.stderr)
        return 1
    path = f"/api/v1/telephone/{name}/events"
    made = {"system": name, "secret": secret, "path": path}
    print(orjson.dumps(made).decode() if json else f"secret  {secret}\npath    {path}")
    return 0


@telephone_app.command
def revoke(name: str, *, data: Data = None) -> int:
    """Believe the system no more, at once; exit 1 when no open one has this name."""
    url = find_settings(data).database_url
    if run_in_schema(url, SCHEMA, lambda connection: systems.revoke(connection, name, now())):
        return 0
    print("no open system has this name", file=sys.stderr)
    return 1
