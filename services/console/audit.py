"""`/console/audit`: a record compared with the ledger, and samples, for readers of the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.audit.checks_api import diff_of, sample_of
from services.audit.differences import MISSING, UNKNOWN
from services.audit.sampling import STATUSES, BadTermError
from services.console.reveal import page_reader
from services.console.verification import watched
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, Identity, identify, require
from services.runtime.pages import Pages
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.ledger.app import ReadSide

MOST_ON_A_PAGE = 200
EMPTY = {
    "status": "",
    "type": "",
    "urgency": "",
    "desk": "",
    "opened_from": "",
    "opened_before": "",
    "n": "10",
    "seed": "1",
    "through": "",
}
TERMS = {
    "status": "status=",
    "type": "type=",
    "urgency": "urgency=",
    "desk": "desk=",
    "opened_from": "opened>=",
    "opened_before": "opened<",
}
Text = Annotated[str, Query(max_length=60)]


def router(read_side: ReadSide, pages: Pages) -> APIRouter:
    """The routes, on a read side that is already composed."""
    routes = APIRouter(
        prefix="/console/audit", tags=["console"], default_response_class=HTMLResponse
    )

    async def page(identity: Identity, *, status: int = 200, **values: Any) -> Response:
        shown = {"diff": None, "sample": None, "error": None, "number": "", "form": EMPTY} | values
        profile = read_side.profile
        return pages.page(
            "audit.html",
            status=status,
            identity=identity,
            statuses=STATUSES,
            desks=list(profile.desks),
            types=list(profile.types),
            watched=await watched(read_side),
            **shown,
        )

    @routes.get("")
    async def both_forms(request: Request) -> Response:
        if await identify(read_side.pool, request, now()) is None:
            return RedirectResponse("/console/sign-in", 303)
        return await page(await require(read_side.pool, request, AUDIT_READERS, now()))

    @routes.get("/diff")
    async def diff(request: Request, number: Text = "") -> Response:
        identity = await require(read_side.pool, request, AUDIT_READERS, now())
        number = number.strip()
        try:
            found = await diff_of(read_side, page_reader(identity), number)
        except ProblemError as problem:
            error = ("diff", ". ".join(filter(None, (problem.title, problem.detail))))
            return await page(identity, status=problem.status, number=number, error=error)
        return await page(identity, number=number, diff=_in_words(found))

    @routes.get("/sample")
    async def sample(request: Request) -> Response:
        identity = await require(read_side.pool, request, AUDIT_READERS, now())
        asked = {name: request.query_params.get(name, "").strip()[:60] for name in EMPTY}
        try:
            found = await _sample(read_side, identity, asked)
        except BadTermError as error:
            return await page(identity, status=422, form=asked, error=("sample", str(error)))
        return await page(identity, form=asked, sample=found)

    return routes


async def _sample(read_side: ReadSide, identity: Identity, asked: dict[str, str]) -> dict[str, Any]:
    where = ", ".join(TERMS[name] + asked[name] for name in TERMS if asked[name])
    n, seed = _number("how many", asked["n"]), _number("the seed", asked["seed"])
    if n > MOST_ON_A_PAGE:
        raise BadTermError(f"at most {MOST_ON_A_PAGE} on a page; the command line draws more")
    through = _number("the position", asked["through"]) if asked["through"] else None
    return await sample_of(read_side, page_reader(identity), where, n, seed, through)


def _number(what: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise BadTermError(f"{what} has to be a whole number from 0 upwards, not {text!r}")
    return int(text)


def _in_words(found: dict[str, Any]) -> dict[str, Any]:
    """Every value as JSON, so that nothing and an empty text look different."""
    for row in found["differences"]:
        row |= {"live_side": row["kind"] != MISSING, "replayed_side": row["kind"] != UNKNOWN}
        for field in row["fields"]:
            field["live"] = orjson.dumps(field["live"]).decode()
            field["replayed"] = orjson.dumps(field["replayed"]).decode()
    return found
