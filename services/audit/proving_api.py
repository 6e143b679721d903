"""`/api/v1/audit/prove`: receipts for every event of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.access.reader import api_reader
from services.audit.api import problems
from services.audit.proving import ProvenRecord, prove_record
from services.ledger.api import nothing_signed
from services.ledger.proofs import signing
from services.ledger.receipts import NotCoveredError
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.access.reader import Reader
    from services.access.recording import Access
    from services.ledger.app import ReadSide


def router(read_side: ReadSide) -> APIRouter:
    """The route, on a read side that is already composed."""
    routes = APIRouter(prefix="/api/v1/audit", tags=["audit"])
    log = signing.Log(read_side.keyring, signing.origin_of(read_side.profile))

    @routes.get("/prove")
    async def prove(
        request: Request, number: Annotated[str, Query(min_length=1, max_length=40)]
    ) -> Response:
        reader = api_reader(await require(read_side.pool, request, AUDIT_READERS, now()))
        try:
            with problems():
                async with read_side.pool.connection() as connection:
                    found = await prove_record(connection, log, number, now())
        except signing.RewrittenError as error:
            raise nothing_signed(error) from None
        except NotCoveredError as error:
            raise ProblemError(503, "not-covered", "There is no proof yet", str(error)) from None
        await record_prove(read_side.access, reader, found)
        headers = {"Cache-Control": "no-store"}
        return Response(orjson.dumps(found.as_json()), 200, headers, "application/json")

    return routes


async def record_prove(access: Access, reader: Reader, found: ProvenRecord) -> None:
    """Record the export of a record's receipts before they are given out."""
    entries = found.events.entries
    await access.replayed(
        reader,
        "prove",
        number=found.number,
        records=found.events.ids,
        through_position=entries[-1].position,
    )
