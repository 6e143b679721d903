"""`blotter keys rotate | destroy-due | register`: the keys that erasures rest upon."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import cyclopts
from rich.progress import Progress

from services.agency.loader import load_profile
from services.agency.retention_loader import load_retention
from services.cli.database import run_in_schema
from services.cli.installation import NotFoundError, find_settings
from services.cli.options import Data, Json
from services.cli.personal.print_json import print_json
from services.runtime.clock import now
from services.runtime.custody import open_keyring, open_register
from services.runtime.database import LONG, connect
from services.runtime.living_keys import count_living, living
from services.runtime.register import RegisterError
from services.runtime.rotation import destroy_due as destroy_due_epochs
from services.runtime.rotation import rotate as rotate_epochs

if TYPE_CHECKING:
    from services.runtime.settings import Settings

keys_app = cyclopts.App(name="keys", help="Keys of data subjects: epochs and destructions.")


@keys_app.command
def rotate(*, data: Data = None) -> None:
    """Begin a new epoch and wrap every living key in it.

    The keys of older epochs are due for destruction when the last backup that needs them is gone.
    """
    settings = find_settings(data)
    if settings.keys is None:
        raise NotFoundError("there is no directory for keys: set BLOTTER_KEYS")
    epoch = asyncio.run(_rotate(settings))
    print(f"epoch {epoch}; keep a copy of {settings.keys / 'epochs'} apart from every backup")


async def _rotate(settings: Settings) -> int:
    retention = load_retention(settings.agency, load_profile(settings.agency).known_types)
    moment = now()
    async with await connect(settings.database_url, "runtime", LONG) as connection:
        count = await count_living(connection)
        with Progress(disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("wrapping", total=count)
            return await rotate_epochs(
                connection,
                open_keyring(settings),
                moment,
                moment + timedelta(days=retention.backups_kept_days),
                lambda wrapped: progress.advance(task, wrapped),
            )


@keys_app.command(name="destroy-due")
def destroy_due(*, data: Data = None) -> None:
    """Destroy the keys of epochs that no backup needs any more; prints their numbers."""
    settings = find_settings(data)
    keyring = open_keyring(settings)
    destroyed = run_in_schema(
        settings.database_url,
        "runtime",
        lambda connection: destroy_due_epochs(connection, keyring, now()),
    )
    print(*destroyed, sep="\n")


@keys_app.command
def register(*, data: Data = None, json: Json = False) -> int:
    """Check the register of destroyed keys, and that none of them lives; exit 1 otherwise."""
    settings = find_settings(data)
    kept = open_register(settings)
    if kept is None:
        raise NotFoundError("there is no directory for keys: set BLOTTER_KEYS")
    try:
        destroyed = kept.read()
    except RegisterError as error:
        print(f"blotter: {error}", file=sys.stderr)
        return 1
    subjects = [each.subject for each in destroyed]
    back = run_in_schema(
        settings.database_url, "runtime", lambda connection: living(connection, subjects)
    )
    found = {"destroyed": len(destroyed), "living": back}
    if json:
        print_json(found)
    else:
        print(f"{len(destroyed)} keys destroyed, {len(back)} of them live again")
    return 1 if back else 0
