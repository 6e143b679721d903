"""`blotter rebuild VIEW`: make a view anew beside the served one, look at it, switch, go back.

Asks only; the projections process does the work, so that leaving this command stops nothing.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cyclopts
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from services.cli.audit.asking import open_asking
from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.projections.rebuilds import requests
from services.projections.rebuilds.comparing import compare as compare_copies
from services.projections.rebuilds.progress import parked_rows, progress
from services.projections.rebuilds.requests import NoSuchViewError, NotNowError, find_view
from services.projections.rebuilds.switching import switch as switch_copies
from services.projections.rebuilds.switching import undo as undo_switch
from services.runtime.database import connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.projections.rebuilds.comparing import Comparison
    from services.projections.rebuilds.progress import Rebuilding, ViewProgress
    from services.projections.view import View
    from services.runtime.database import Connection

rebuild_app = cyclopts.App(
    name="rebuild", help="Make a view anew beside the served one; compare, switch, go back."
)
LOOK_SECONDS = 0.3
BY = "command line"
DONE = {
    "switch": "{view} serves the copy that was built; `blotter rebuild undo {view}` takes it back",
    "undo": "{view} serves again what was served before",
    "drop": "the copy of {view} that was not served is gone",
    "cancel": "the rebuild of {view} will stop; `blotter rebuild {view}` goes on where it stood",
}
"""What was done, said to whoever asked."""


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

    return _asked(view, ask, data, "begin") or (_watched(view, data) if wait else 0)


@rebuild_app.command
def status(*, data: Data = None, json: Json = False) -> int:
    """Every view with its rebuild; exit 1 when one is stopped, has parked rows or needs one."""
    views, parked = asyncio.run(_standing(data))
    if json:
        body = {"views": [each.as_dict() for each in views], "parked_rows": [*map(asdict, parked)]}
        print(orjson.dumps(body).decode())
    else:
        Console().print(_table(views))
        for row in parked:
            print(
                f"{row.copy}: row {row.key} of {row.table} stands still since position"
                f" {row.position} ({row.reason}); {row.events} events wait for it"
            )
    ill = any(v.needs_rebuild or _failed(v) for v in views)
    return 1 if parked or ill else 0


@rebuild_app.command
def compare(view: str, *, data: Data = None, json: Json = False) -> int:
    """Served rows and the other copy at one position; exit 1 when they differ."""
    found = list[Any]()

    async def look(connection: Connection, wanted: View) -> None:
        found.append(await compare_copies(connection, wanted))

    if refused := _asked(view, look, data, "compare"):
        return refused
    comparison: Comparison = found[0]
    if json:
        print(orjson.dumps(asdict(comparison) | {"equal": comparison.equal}).decode())
    else:
        _show(comparison)
    return 0 if comparison.equal else 1


@rebuild_app.command
def cancel(view: str, *, data: Data = None) -> int:
    """Stop building; `blotter rebuild VIEW` goes on where it stood."""
    return _asked(view, requests.cancel, data, "cancel")


@rebuild_app.command
def switch(view: str, *, data: Data = None) -> int:
    """Serve the copy that was built, with the last events; the other is kept, up to date."""
    return _asked(view, switch_copies, data, "switch")


@rebuild_app.command
def undo(view: str, *, data: Data = None) -> int:
    """Serve again what was served before the switch, with all that came since."""
    return _asked(view, undo_switch, data, "undo")


@rebuild_app.command
def drop(view: str, *, data: Data = None) -> int:
    """Drop the copy that is not served."""
    return _asked(view, requests.drop, data, "drop")


def _asked(
    name: str, verb: Callable[[Connection, View], Awaitable[object]], data: Path | None, doing: str
) -> int:
    """Recorded, then asked: 0 and what was done; 1 when not now, 2 when there is no such view."""

    async def ask() -> None:
        view = find_view(name)
        async with open_asking(data) as asking:
            await asking.access.rebuilt(asking.reader, view.name, doing)
            await verb(asking.connection, view)

    try:
        asyncio.run(ask())
    except (NotNowError, NoSuchViewError) as error:
        print(f"blotter: {error}", file=sys.stderr)
        return 1 if isinstance(error, NotNowError) else 2
    if doing in DONE:
        print(DONE[doing].format(view=name))
    return 0


def _watched(view: str, data: Path | None) -> int:
    async def watch() -> int:
        settings = find_settings(data)
        async with await connect(settings.database_url, "projections") as connection:
            return await _watch(connection, view)

    return asyncio.run(watch())


async def _watch(connection: Connection, name: str) -> int:
    """Until it is built, cancelled or stopped."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())
    with bar:
        task = bar.add_task(name, total=None, rate="")
        while True:
            (view,) = [each for each in await progress(connection) if each.view == name]
            found = view.rebuild
            if found is None or found.state == "cancelled":
                print(f"the rebuild of {name} was cancelled", file=sys.stderr)
                return 1
            rate = f"{found.events_per_second:,.0f} events/s" if found.events_per_second else ""
            bar.update(task, total=view.ledger_size, completed=found.copy.position, rate=rate)
            if found.copy.failed:
                print(f"blotter: {name} stopped: {found.copy.failed}", file=sys.stderr)
                return 1
            if found.state == "switched" or (
                found.state == "built" and not found.switch_when_built
            ):
                print(f"{name} is {found.state}, {found.copy.position} events")
                return 0
            await asyncio.sleep(LOOK_SECONDS)


async def _standing(data: Path | None) -> tuple[list[ViewProgress], list[Any]]:
    settings = find_settings(data)
    async with await connect(settings.database_url, "projections") as connection:
        return await progress(connection), await parked_rows(connection)


def _failed(view: ViewProgress) -> str | None:
    served, other = view.served, view.rebuild
    return (served.failed if served else None) or (other.copy.failed if other else None)


def _table(views: list[ViewProgress]) -> Table:
    table = Table(Column("view", no_wrap=True), "version", "behind", "rebuild", "trouble")
    for view in views:
        served = view.served
        trouble = _failed(view) or (
            f"needs a rebuild: this is version {view.version}" if view.needs_rebuild else ""
        )
        table.add_row(
            view.view,
            str(served.version) if served else "-",
            str(served.behind) if served else "-",
            _words(view.rebuild),
            trouble,
        )
    return table


def _words(rebuild: Rebuilding | None) -> str:
    if rebuild is None:
        return "-"
    copy, words = rebuild.copy, [rebuild.state]
    if rebuild.state in ("building", "cancelled"):
        words.append(f"{100 * copy.position // max(1, copy.position + copy.behind)} %")
    if rebuild.events_per_second:
        words.append(f"{rebuild.events_per_second:,.0f} events/s")
    if rebuild.seconds_left is not None:
        words.append(f"{rebuild.seconds_left:.0f} s left")
    return ", ".join(words)


def _show(found: Comparison) -> None:
    print(f"{found.view} at position {found.position}: served, and {found.view}{found.copy}")
    for table in found.tables:
        print(
            f"  {table.table}: {table.served_rows} rows {table.served_hash[:16]},"
            f" {table.other_rows} rows {table.other_hash[:16]}, {table.differing_rows} differ"
        )
    for each in found.differences:
        print(f"  {each.table} {each.key} {each.field}: {each.served} | {each.other}")
