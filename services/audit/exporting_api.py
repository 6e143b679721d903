"""`/api/v1/audit/export`: records with their proofs, as one archive."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.access.reader import api_reader
from services.audit.api import problems
from services.audit.record_export import FORM, export_records, records_in
from services.ledger.api import nothing_signed
from services.ledger.exporting.bundle import NotSignedError, archive, checkpoint_of
from services.ledger.proofs import signing
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.ledger.app import ReadSide

MAXIMUM_NUMBERS = 100


def router(read_side: ReadSide) -> APIRouter:
    """The route, on a read side that is already composed."""
    routes = APIRouter(prefix="/api/v1/audit", tags=["audit"])
    pool = read_side.pool
    log = signing.Log(read_side.keyring, signing.origin_of(read_side.profile))

    @routes.get("/export")
    async def exported(
        request: Request,
        number: Annotated[list[str], Query(min_length=1, max_length=MAXIMUM_NUMBERS)],
        size: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    ) -> Response:
        reader = api_reader(await require(pool, request, AUDIT_READERS, now()))
        try:
            with problems():
                async with pool.connection() as connection:
                    signed = (
                        await signing.sign(connection, log, now())
                        if size is None
                        else await checkpoint_of(connection, size)
                    )
                    found = await export_records(connection, number, signed)
        except NotSignedError as error:
            raise ProblemError(
                422, "not-signed", "There is no such checkpoint", str(error)
            ) from None
        except signing.RewrittenError as error:
            raise nothing_signed(error) from None
        content, records = archive(found), records_in(found)
        digest = sha256(content).hexdigest()
        await read_side.access.exported(reader, FORM, records, digest=digest)
        headers = {
            "Blotter-Digest": digest,
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="export.zip"',
        }
        return Response(content, 200, headers, "application/zip")

    return routes
