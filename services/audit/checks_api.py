"""`/api/v1/audit/diff`, `/sample` and `/report`: for whoever may read the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.access.reader import api_reader
from services.audit.differences import everything, of_record, of_sample
from services.audit.long_answers import OneAtATime
from services.audit.narrative import narrative
from services.audit.printing import MEDIA_TYPES, Format, printed
from services.audit.proven_record import NotYetError, known
from services.audit.recorded_reads import record_diff, record_report, record_sample
from services.audit.refusals import CannotCompareError, MisledError, UnknownNumberError
from services.audit.sampling import BadTermError, Draw, read_where, sample
from services.ledger.proofs.signing import Log, origin_of
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.access.reader import Reader
    from services.ledger.app import ReadSide

RecordNumber = Annotated[str, Query(min_length=1, max_length=40)]
Number = Annotated[str | None, Query(min_length=1, max_length=40)]
Percent = Annotated[float | None, Query(gt=0, le=100)]


def router(read_side: ReadSide) -> APIRouter:
    """The routes, on a read side that is already composed."""
    routes = APIRouter(prefix="/api/v1/audit", tags=["audit"])
    pool, long = read_side.pool, OneAtATime()
    log = Log(read_side.keyring, origin_of(read_side.profile))

    @routes.get("/diff")
    async def diff(
        request: Request, number: Number = None, percent: Percent = None, seed: int = 0
    ) -> Response:
        reader = api_reader(await require(pool, request, AUDIT_READERS, now()))
        if number is not None:
            return _json(await diff_of(read_side, reader, number))
        return long.answer(_long_diff(read_side, reader, percent, seed))

    @routes.get("/sample")
    async def draw(
        request: Request, n: int, seed: int, where: str = "", through: int | None = None
    ) -> Response:
        reader = api_reader(await require(pool, request, AUDIT_READERS, now()))
        try:
            return _json(await sample_of(read_side, reader, where, n, seed, through))
        except BadTermError as error:
            raise ProblemError(422, "sample", "This sample cannot be drawn", str(error)) from None
        except CannotCompareError as error:
            raise _untold(error) from None

    @routes.get("/report")
    async def report(
        request: Request,
        number: RecordNumber,
        format: Format = "html",
        through: int | None = None,
    ) -> Response:
        reader = api_reader(await require(pool, request, AUDIT_READERS, now()))
        try:
            async with pool.connection() as connection:
                found = await known(connection, log, number, through, now())
        except UnknownNumberError as error:
            raise ProblemError(404, "no-such-record", _sentence(error)) from None
        except MisledError as error:
            raise ProblemError(409, "misled", "A view is wrong", str(error)) from None
        except NotYetError as error:
            raise ProblemError(422, "not-yet", "This cannot be told", str(error)) from None
        except CannotCompareError as error:
            raise _untold(error) from None
        content = printed(narrative(found, read_side.profile), format)
        await record_report(read_side.access, reader, found, format, content)
        name = f'attachment; filename="record.{format}"'
        headers = {
            "Blotter-Through": str(found.through),
            "Content-Disposition": name,
            "Cache-Control": "no-store",
        }
        return Response(content, 200, headers, MEDIA_TYPES[format])

    return routes


def _untold(error: Exception) -> ProblemError:
    return ProblemError(500, "cannot-compare", "Nobody can tell", str(error))


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]


async def diff_of(read_side: ReadSide, reader: Reader, number: str) -> dict[str, Any]:
    """The differences of a record, after its replay was recorded; a problem if incomparable."""
    try:
        async with read_side.pool.connection() as connection:
            compared = await of_record(connection, number)
    except UnknownNumberError as error:
        raise ProblemError(404, "no-such-record", _sentence(error)) from None
    except CannotCompareError as error:
        raise _untold(error) from None
    await record_diff(read_side.access, reader, compared, number=number)
    return compared.as_json()


async def _long_diff(
    read_side: ReadSide, reader: Reader, percent: float | None, seed: int
) -> dict[str, Any]:
    async with read_side.pool.connection() as connection:
        if percent is None:
            compared = await everything(connection, lambda *_: None)
        else:
            compared = await of_sample(connection, percent, seed)
    await record_diff(read_side.access, reader, compared, percent=percent)
    return compared.as_json()


async def sample_of(
    read_side: ReadSide, reader: Reader, where: str, n: int, seed: int, through: int | None
) -> dict[str, Any]:
    """The sample, once its replay is recorded; BadTermError."""
    draw = Draw(read_where(where), n, seed, through)
    async with read_side.pool.connection() as connection:
        found = await sample(connection, draw, read_side.profile.zone, lambda *_: None)
    await record_sample(read_side.access, reader, found)
    return found


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), 200, {"Cache-Control": "no-store"}, "application/json")
