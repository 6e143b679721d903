"""`/console/audit/NUMBER/proof/POSITION`: that an event is in the ledger, hash by hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from services.audit import record_past
from services.audit.api import problems, record_replay
from services.console.reveal import page_reader
from services.ledger.api import nothing_signed
from services.ledger.proofs import signing
from services.ledger.receipts import NotCoveredError, receipt
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.encoding import to_base64
from services.proofs.tree import leaf_hash, verify_inclusion
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.ledger.app import ReadSide
    from services.projections.personal.record import Stored
    from services.proofs.receipt import Receipt
    from services.runtime.pages import Pages


def router(read_side: ReadSide, pages: Pages) -> APIRouter:
    """The route, on a read side that is already composed."""
    routes = APIRouter(
        prefix="/console/audit/{number}", tags=["console"], default_response_class=HTMLResponse
    )
    log = signing.Log(read_side.keyring, signing.origin_of(read_side.profile))

    @routes.get("/proof/{position}")
    async def proof(
        request: Request, number: str, position: Annotated[int, Path(ge=0, le=2**62)]
    ) -> Response:
        identity = await require(read_side.pool, request, AUDIT_READERS, now())
        with problems():
            async with read_side.pool.connection() as connection:
                past = await record_past.load(connection, read_side.keyring, number)
            found = [each for each in past.record.entries if each.position == position]
            if not found:
                raise ProblemError(404, "no-such-event", "This record has no event there")
            await record_replay(read_side, page_reader(identity), "proof", past)
        try:
            async with read_side.pool.connection() as connection:
                made = await receipt(connection, log, found[0].envelope.event_id, now())
        except signing.RewrittenError as error:
            raise nothing_signed(error) from None
        except NotCoveredError as error:
            raise ProblemError(404, "no-proof", "There is no proof yet", str(error)) from None
        values = proof_values(number, found[0], made)
        return pages.page("proof.html", identity=identity, **values)

    return routes


def proof_values(number: str, event: Stored, made: Receipt) -> dict[str, Any]:
    """What the page shows; ProofError when the path does not lead to the checkpoint's root."""
    checkpoint = Checkpoint.parse(note.split(made.checkpoint)[0])
    leaf = leaf_hash(event.body)
    verify_inclusion(made.index, checkpoint.size, leaf, made.path, checkpoint.root)
    return {
        "number": number,
        "envelope": event.envelope,
        "raw": event.body.decode(),
        "index": made.index,
        "size": checkpoint.size,
        "leaf": leaf.hex(),
        "root": to_base64(checkpoint.root),
        "path": [to_base64(each) for each in made.path],
        "checkpoint": made.checkpoint,
    }
