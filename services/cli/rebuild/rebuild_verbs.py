"""`blotter rebuild VIEW` and `blotter rebuild cancel | switch | undo | drop`."""

from __future__ import annotations

import asyncio

from services.cli.options import Data
from services.cli.rebuild import rebuild_app
from services.cli.rebuild import rebuild_status as status
from services.cli.rebuild.progress_bar import show_until_built
from services.cli.rebuild.recorded_request import request
from services.projections.rebuilds import requests
from services.projections.rebuilds.switching import switch as switch_copies
from services.projections.rebuilds.switching import undo as undo_switch
from services.projections.view import View
from services.runtime.database import Connection

__all__ = ["rebuild_app", "status"]  # importing `status` registers its verbs

BY = "command line"


@rebuild_app.default
def begin(view: str, *, switch: bool = False, wait: bool = True, data: Data = None) -> int:
    """Begin a rebuild, or go on with a cancelled one, and wait until it is built.

    Leaving with Ctrl-C does not end it. Exit 1 when it stops or may not begin now.

    Parameters
    ----------
    view
        Its name: `blotter rebuild status` lists them.
    switch
        Serve it as soon as it is built.
    wait
        Show how it goes; else return at once.
    """

    async def ask(connection: Connection, found: View) -> None:
        await requests.begin(connection, found, BY, switch_when_built=switch)

    refused = request(view, ask, data, "begin")
    return refused or (asyncio.run(show_until_built(view, data)) if wait else 0)


@rebuild_app.command
def cancel(view: str, *, data: Data = None) -> int:
    """Stop building; `blotter rebuild VIEW` goes on where it stood."""
    return request(view, requests.cancel, data, "cancel")


@rebuild_app.command
def switch(view: str, *, data: Data = None) -> int:
    """Serve the copy that was built, with the last events; the other is kept, up to date."""
    return request(view, switch_copies, data, "switch")


@rebuild_app.command
def undo(view: str, *, data: Data = None) -> int:
    """Serve again what was served before the switch, with all that came since."""
    return request(view, undo_switch, data, "undo")


@rebuild_app.command
def drop(view: str, *, data: Data = None) -> int:
    """Drop the copy that is not served."""
    return request(view, requests.drop, data, "drop")
