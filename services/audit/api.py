"""`/api/v1/audit/show` and `/history`: a record replayed from the ledger."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.access.reader import Reader, api_reader
from services.audit import record_past
from services.audit.as_of import AsOf, BadAsOfError, read_as_of
from services.audit.record_as_of import entries_as_of, shown
from services.audit.record_history import history_of
from services.audit.record_past import Past
from services.audit.refusals import CannotReplayError, MisledError, UnknownNumberError
from services.projections.personal.viewing import visible_fields
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.ledger.app import ReadSide

Number = Annotated[str, Query(min_length=1, max_length=40)]
AsOfParameter = Annotated[str | None, Query(max_length=40)]


def router(read_side: ReadSide) -> APIRouter:
    """The routes, on a read side that is already composed."""
    routes = APIRouter(prefix="/api/v1/audit", tags=["audit"])

    @routes.get("/show")
    async def show(
        request: Request,
        number: Number,
        as_of_position: AsOfParameter = None,
        recorded_as_of: AsOfParameter = None,
        occurred_as_of: AsOfParameter = None,
    ) -> Response:
        identity = await require(read_side.pool, request, AUDIT_READERS, now())
        reader = api_reader(identity)
        with problems():
            as_of = read_as_of(as_of_position, recorded_as_of, occurred_as_of, now())
            past = await load_recorded(read_side, reader, "show", number, as_of)
            seen = await visible_fields(read_side, reader, identity.role, past.record)
            return _json(shown(past, as_of, seen))

    @routes.get("/history")
    async def history(request: Request, number: Number) -> Response:
        identity = await require(read_side.pool, request, AUDIT_READERS, now())
        reader = api_reader(identity)
        with problems():
            past = await load_recorded(read_side, reader, "history", number)
            return _json(
                history_of(
                    past, await visible_fields(read_side, reader, identity.role, past.record)
                )
            )

    return routes


async def load_recorded(
    read_side: ReadSide, reader: Reader, replay: str, number: str, as_of: AsOf | None = None
) -> Past:
    """Load the record's past; who replays it, and as of when, is recorded before it is returned."""
    async with read_side.pool.connection() as connection:
        past = await record_past.load(connection, read_side.keyring, number)
    entries_as_of(past, as_of)
    await record_replay(read_side, reader, replay, past, as_of)
    return past


async def record_replay(
    read_side: ReadSide, reader: Reader, replay: str, past: Past, as_of: AsOf | None = None
) -> None:
    """Record, as an event, who replays the record and as of when; before anything is shown."""
    known = [entry.position for entry in past.known if as_of is None or as_of.reaches(entry)]
    await read_side.access.replayed(
        reader,
        replay,
        number=past.record.number,
        records=past.record.ids,
        as_of=as_of.words if as_of else None,
        through_position=known[-1],
    )


@contextmanager
def problems() -> Iterator[None]:
    """Turn refusals into problems: 404 no such record, 409 a view is wrong, 501 not replayable."""
    try:
        yield
    except UnknownNumberError as error:
        raise ProblemError(404, "no-such-record", "There is no such record", str(error)) from None
    except BadAsOfError as error:
        raise ProblemError(422, "as-of", "As of when?", str(error)) from None
    except MisledError as error:
        raise ProblemError(409, "misled", "A view is wrong", str(error)) from None
    except CannotReplayError as error:
        raise ProblemError(501, "cannot-replay", "This cannot be replayed", str(error)) from None


def _json(body: Any) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(body), 200, headers, "application/json")
