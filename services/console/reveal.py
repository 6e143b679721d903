"""The form on a record's page that opens masked values, and what the page says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from services.access.reader import Reader, reader_of
from services.access.recording import REVEAL_LASTS
from services.projections.personal.record import Record
from services.projections.personal.revealing import LONGEST_EXPLANATION, RevealRequest, reveal
from services.projections.personal.visibility import FIELDS, MAY_REVEAL, REASONS
from services.projections.personal.visible_fields import VisibleFields
from services.runtime.clock import now
from services.runtime.identity import STAFF, Identity, check_csrf, require

if TYPE_CHECKING:
    from services.ledger.app import ReadSide


def router(read_side: ReadSide) -> APIRouter:
    """The one route; mounted before casework's, whose forms take every other verb."""
    routes = APIRouter(prefix="/console/calls/{number}", tags=["console"])

    @routes.post("/reveal")
    async def reveal_from_form(
        request: Request,
        number: str,
        field: Annotated[list[str], Form()] = [],  # noqa: B006
        csrf: str = Form(""),
        reason: str = Form(""),
        explanation: str = Form(""),
    ) -> Response:
        identity = await require(read_side.pool, request, STAFF, now())
        check_csrf(identity, csrf)
        asked = RevealRequest(frozenset(field), reason, explanation.strip())
        await reveal(read_side, page_reader(identity), identity.role, number, asked, now())
        return RedirectResponse(f"/console/calls/{quote(number, safe='')}", 303)

    return routes


def page_reader(identity: Identity) -> Reader:
    """Who looks at the console."""
    return reader_of(identity, "projections", "console")


def reveal_form(record: Record, seen: VisibleFields) -> dict[str, Any]:
    """What the templates say and offer of a record's personal values."""
    there = record.personal() & MAY_REVEAL[seen.role]
    return {
        "revealed": seen.reveals,
        "openable": [(name, words) for name, words in FIELDS.items() if name in there],
        "reasons": REASONS,
        "minutes": int(REVEAL_LASTS.total_seconds() // 60),
        "longest": LONGEST_EXPLANATION,
    }
