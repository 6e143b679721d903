"""What people ask of a rebuild: begin, cancel, go on, drop. The builder and the keeper obey.

building → built → switched (undone: built again); cancelled in between; dropped at any rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from services.projections.rebuilds import copies
from services.projections.rebuilds.copies import NEXT, OLD
from services.projections.views import VIEWS

if TYPE_CHECKING:
    from services.projections.view import View
    from services.runtime.database import Connection

State = Literal["building", "cancelled", "built", "switched"]
ASKED = "rebuilds"
"""The notification that wakes the keeper."""

IN_THE_WAY: dict[State, str] = {
    "building": "it is being rebuilt: cancel that first",
    "built": "a copy is built: switch to it, or drop it",
    "switched": "the copy from before the last switch is kept: drop it first",
}


class NotNowError(Exception):
    """The rebuild's state does not allow this; the message says what would."""


class NoSuchViewError(Exception):
    """There is no view of this name; the message lists those there are."""


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A view's rebuild as it stands."""

    state: State
    switch_when_built: bool


def find_view(name: str) -> View:
    """The view of this name; NoSuchViewError."""
    for view in VIEWS:
        if view.name == name:
            return view
    raise NoSuchViewError(f"no view {name}: there are {', '.join(v.name for v in VIEWS)}")


async def lock(connection: Connection, view: View) -> Rebuild | None:
    """The rebuild of a view, locked until the caller's transaction ends; None: there is none."""
    cursor = await connection.execute(
        "select state, switch_when_built from rebuilds where view = %s for update", [view.name]
    )
    row = await cursor.fetchone()
    return Rebuild(*row) if row else None


async def begin(
    connection: Connection, view: View, by: str, *, switch_when_built: bool = False
) -> None:
    """Begin a rebuild, or go on with one that was cancelled. NotNowError while there is another."""
    async with connection.transaction():
        await connection.execute(
            "select pg_advisory_xact_lock(hashtext('rebuild'), hashtext(%s))", [view.name]
        )
        found = await lock(connection, view)
        if found and found.state in IN_THE_WAY:
            raise NotNowError(f"{IN_THE_WAY[found.state]} ({view.name})")
        if found:
            await connection.execute(
                "update rebuilds set state = 'building', switch_when_built = %s"
                " where view = %s and state = 'cancelled'",
                [switch_when_built, view.name],
            )
            return
        for leftover in (NEXT, OLD):
            await copies.drop(connection, view, leftover)
        await copies.make(connection, view, NEXT)
        await connection.execute(
            "insert into checkpoints (view, version) values (%s, %s)",
            [view.name + NEXT, view.version],
        )
        await connection.execute(
            "insert into rebuilds (view, state, started_by, switch_when_built)"
            " values (%s, 'building', %s, %s)",
            [view.name, by, switch_when_built],
        )


async def cancel(connection: Connection, view: View) -> None:
    """Stop building; what is built is kept for going on."""
    await _move(connection, view, "building", "cancelled")


async def resume(connection: Connection, view: View) -> None:
    """Go on with a cancelled rebuild."""
    await _move(connection, view, "cancelled", "building")


async def drop(connection: Connection, view: View) -> None:
    """Drop the copy that is not served. NotNowError while it is being built."""
    async with connection.transaction():
        found = await lock(connection, view)
        if found is None:
            raise NotNowError(f"there is no rebuild of {view.name}")
        if found.state == "building":
            raise NotNowError(f"{view.name} is being rebuilt: cancel that first")
        for suffix in (NEXT, OLD):
            await copies.drop(connection, view, suffix)
        await connection.execute("delete from rebuilds where view = %s", [view.name])


async def _move(connection: Connection, view: View, before: State, after: State) -> None:
    async with connection.transaction():
        found = await lock(connection, view)
        if found is None or found.state != before:
            now = found.state if found else "not begun"
            raise NotNowError(f"the rebuild of {view.name} is {now}, not {before}")
        await connection.execute(
            "update rebuilds set state = %s where view = %s", [after, view.name]
        )
