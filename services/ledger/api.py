"""`/api/v1/audit/…`: checkpoint, keys, tiles and proofs, for whoever may read the audit."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.ledger.cosigning import store
from services.ledger.proofs import keys, paths, signing, tile_files
from services.ledger.receipts import NotCoveredError, receipt
from services.proofs.encoding import to_base64
from services.proofs.receipt import write
from services.proofs.tiles import Tile
from services.proofs.tree import ProofError
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.ledger.app import ReadSide
    from services.runtime.database import Connection

TEXT = "text/plain; charset=utf-8"
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
Size = Annotated[int, Query(ge=1, le=2**62)]


def router(read_side: ReadSide) -> APIRouter:
    """The routes, on a read side that is already composed."""
    routes = APIRouter(prefix="/api/v1/audit", tags=["audit"])
    pool = read_side.pool
    log = signing.Log(read_side.keyring, signing.origin_of(read_side.profile))

    @routes.get("/checkpoint")
    async def checkpoint(request: Request, cosigned: bool = False) -> Response:
        await require(pool, request, AUDIT_READERS, now())
        try:
            async with pool.connection() as connection:
                signed = await _checkpoint(connection, log, cosigned=cosigned)
        except signing.RewrittenError as error:
            raise nothing_signed(error) from None
        return Response(signed, headers={"Cache-Control": "no-cache"}, media_type=TEXT)

    @routes.get("/keys")
    async def log_keys(request: Request) -> Response:
        await require(pool, request, AUDIT_READERS, now())
        async with pool.connection() as connection:
            found = [asdict(key) for key in await keys.listed(connection)]
        body = {"origin": log.origin, "keys": found}
        return Response(orjson.dumps(body), media_type="application/json")

    @routes.get("/tile/{path:path}")
    async def tile(request: Request, path: str) -> Response:
        await require(pool, request, AUDIT_READERS, now())
        try:
            async with pool.connection() as connection:
                found = await tile_files.content(connection, Tile.parse(f"tile/{path}"))
        except ProofError as error:
            raise ProblemError(404, "no-tile", "There is no such tile", str(error)) from None
        return Response(found, headers=FOREVER, media_type="application/octet-stream")

    @routes.get("/proof/inclusion")
    async def inclusion(request: Request, event: UUID) -> Response:
        await require(pool, request, AUDIT_READERS, now())
        try:
            async with pool.connection() as connection:
                found = await receipt(connection, log, event, now())
        except NotCoveredError as error:
            raise ProblemError(404, "no-event", "The ledger lacks this event", str(error)) from None
        except signing.RewrittenError as error:
            raise nothing_signed(error) from None
        return Response(write(found), media_type=TEXT)

    @routes.get("/proof/consistency")
    async def consistency(
        request: Request, from_: Annotated[int, Query(alias="from", ge=1, le=2**62)], to: Size
    ) -> Response:
        await require(pool, request, AUDIT_READERS, now())
        try:
            async with pool.connection() as connection:
                path = await paths.consistency(connection, from_, to)
        except ProofError as error:
            raise ProblemError(422, "no-proof", "There is no such proof", str(error)) from None
        body = {"from": from_, "to": to, "path": [to_base64(each) for each in path]}
        return Response(orjson.dumps(body), media_type="application/json")

    return routes


def nothing_signed(error: signing.RewrittenError) -> ProblemError:
    """What is answered while the log refuses to sign."""
    return ProblemError(409, "rewritten", "The log signs nothing until people looked", str(error))


async def _checkpoint(connection: Connection, log: signing.Log, *, cosigned: bool) -> str:
    """The newest checkpoint, or the newest that was cosigned, with what was cosigned of it."""
    if cosigned:
        found = await store.newest_cosigned(connection)
        if found is None:
            raise ProblemError(404, "not-cosigned", "No other office has cosigned a checkpoint yet")
        return found
    return await store.with_cosignatures(connection, await signing.sign(connection, log, now()))
