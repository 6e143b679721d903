"""`/api/v1/rebuilds`: a view made anew beside the served one, by those who run the service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from services.access.reader import api_reader
from services.projections.rebuilds import requests
from services.projections.rebuilds.comparing import compare
from services.projections.rebuilds.progress import parked_rows, progress
from services.projections.rebuilds.requests import ASKED, NoSuchViewError, NotNowError
from services.projections.rebuilds.switching import switch, undo
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, Role, require
from services.runtime.log import logger
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.access.reader import Reader
    from services.ledger.app import ReadSide
    from services.projections.view import View
    from services.runtime.database import Connection

OPERATORS = frozenset({Role.ADMINISTRATOR})
Verb = Callable[["Connection", "View"], Awaitable[object]]
BEGIN = "begin"
VERBS: dict[str, Verb] = {
    "cancel": requests.cancel,
    "resume": requests.resume,
    "switch": switch,
    "undo": undo,
    "drop": requests.drop,
}


class Wanted(BaseModel, extra="forbid"):
    """How to rebuild."""

    switch_when_built: bool = False


def router(read_side: ReadSide) -> APIRouter:
    """The routes, on a read side that is already composed."""
    routes = APIRouter(prefix="/api/v1/rebuilds", tags=["rebuilds"])
    pool = read_side.pool

    @routes.get("")
    async def all_views(request: Request) -> Response:
        await require(pool, request, AUDIT_READERS, now())
        async with pool.connection() as connection:
            return _json(await standing(connection))

    @routes.get("/{view}/comparison")
    async def comparison(request: Request, view: str) -> Response:
        await require(pool, request, AUDIT_READERS, now())
        async with pool.connection() as connection:
            found = await or_problem(compare, connection, view)
        return _json(asdict(found) | {"equal": found.equal})

    @routes.post("/{view}")
    async def begin(request: Request, view: str, wanted: Wanted | None = None) -> Response:
        reader = api_reader(await require(pool, request, OPERATORS, now()))
        at_once = wanted is not None and wanted.switch_when_built
        await perform(read_side, view, "begin", reader, switch_when_built=at_once)
        return _json({"view": view, "state": "building"}, 202)

    @routes.post("/{view}/{verb}")
    async def command(request: Request, view: str, verb: str) -> Response:
        reader = api_reader(await require(pool, request, OPERATORS, now()))
        await perform(read_side, view, verb, reader)
        async with pool.connection() as connection:
            found = await standing(connection)
        return _json(next(each for each in found["views"] if each["view"] == view))

    return routes


async def standing(connection: Connection) -> dict[str, Any]:
    """Every view with its rebuild, and the rows that stand still."""
    return {
        "views": [view.as_dict() for view in await progress(connection)],
        "parked_rows": [asdict(row) for row in await parked_rows(connection)],
    }


async def perform(
    read_side: ReadSide,
    view: str,
    verb: str,
    reader: Reader,
    *,
    switch_when_built: bool = False,
) -> None:
    """What an operator asks of a view's rebuild, once who asks is recorded. Problems: 404 unknown,
    409 not now.
    """
    if verb not in (BEGIN, *VERBS):
        raise ProblemError(404, "no-such-command", "A rebuild knows no such command")
    async with read_side.pool.connection() as connection:
        await or_problem(_known, connection, view)
        await read_side.access.rebuilt(reader, view, verb)
        if verb == BEGIN:
            await or_problem(
                requests.begin, connection, view, reader.who, switch_when_built=switch_when_built
            )
        else:
            await or_problem(VERBS[verb], connection, view)
    read_side.wake.notify(ASKED)
    logger().info("rebuild.asked", view=view, verb=verb, by=reader.who)


async def _known(_: Connection, view: View) -> View:
    return view


async def or_problem(
    verb: Callable[..., Awaitable[Any]],
    connection: Connection,
    view: str,
    *arguments: Any,
    **options: Any,
) -> Any:
    """Do it; what is refused becomes a problem."""
    try:
        return await verb(connection, requests.find_view(view), *arguments, **options)
    except NoSuchViewError as error:
        raise ProblemError(404, "no-such-view", "There is no such view", str(error)) from None
    except NotNowError as error:
        raise ProblemError(409, "rebuild-not-now", "Not in this state", str(error)) from None


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(cast("dict[str, Any]", body)), status, None, "application/json")
