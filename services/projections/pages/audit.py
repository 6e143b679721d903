"""`/console/audit`: a record's history event by event, as it was known at each, with proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.projections.audit.api import load_recorded, problems
from services.projections.audit.steps import NoSuchStepError, Step, shown_at, step_of
from services.projections.audit.telling import told
from services.projections.pages.reveal import page_reader
from services.projections.pages.words import in_words
from services.projections.personal.viewing import sight
from services.projections.proofs import signing
from services.projections.proofs.proven import proven
from services.projections.proofs.receipts import NotCoveredError
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, Identity, require
from services.runtime.pages import Pages
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.projections.app import Projections

UNSAID = frozenset({"key", "position", "received_position", "version"})
"""Columns that say where a row is kept and nothing of the record."""


def router(projections: Projections, pages: Pages) -> APIRouter:
    """The routes, on a read side that is already composed."""
    routes = APIRouter(
        prefix="/console/audit", tags=["console"], default_response_class=HTMLResponse
    )
    log = signing.Log(projections.keyring, signing.origin_of(projections.profile))

    @routes.get("/events/{event_id}")
    async def proof(request: Request, event_id: UUID, number: str = "") -> Response:
        identity = await require(projections.pool, request, AUDIT_READERS, now())
        try:
            async with projections.pool.connection() as connection:
                found = await proven(connection, log, event_id, now())
        except NotCoveredError as error:
            raise ProblemError(404, "no-event", "The ledger lacks this event", str(error)) from None
        return pages.page("audit_proof.html", identity=identity, proof=found, number=number)

    @routes.get("/{number}")
    async def history(request: Request, number: str, event: str | None = None) -> Response:
        identity = await require(projections.pool, request, AUDIT_READERS, now())
        return pages.page(
            "audit_history.html", **await _history(projections, identity, number, event)
        )

    return routes


async def _history(
    projections: Projections, identity: Identity, number: str, asked: str | None
) -> dict[str, Any]:
    """What the page says; every replay is recorded before it leaves."""
    reader = page_reader(identity)
    with problems():
        past = await load_recorded(projections, reader, "history", number)
        try:
            step = step_of(past, asked)
        except NoSuchStepError as error:
            raise ProblemError(422, "event", "Which event?", str(error)) from None
        if step.as_of:
            await projections.access.replayed(
                reader, "show", number=number, records=past.record.ids,
                as_of=step.as_of.words, through_position=step.position,
            )  # fmt: skip
        seen = await sight(projections, reader, identity.role, past.record)
        return {"identity": identity} | page_values(
            told(past, seen), shown_at(past, step, seen), step
        )


def page_values(
    history: dict[str, Any], state: dict[str, Any] | None, step: Step
) -> dict[str, Any]:
    """The history and one state of it in the template's words."""
    items = [_item(item) for item in history["items"]]
    return {
        "number": history["number"], "head": history["head"], "items": items, "step": step,
        "chosen": items[step.number - 1], "positions": {item["position"] for item in items},
        "states": [_state(each) for each in state["states"]] if state else [],
    }  # fmt: skip


def _item(item: dict[str, Any]) -> dict[str, Any]:
    facts = [(_plain(name), in_words(value)) for name, value in item["facts"].items()]
    changes = [
        {
            "row": _plain(change["table"]), "field": _plain(change["field"]),
            "before": _words(change["before"]), "after": _words(change["after"]),
        }
        for change in item["changes"] if change["field"] not in UNSAID
    ]  # fmt: skip
    raw = orjson.dumps(item["event"], option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode()
    return item | {"facts": facts, "changes": changes, "raw": raw}


def _state(state: dict[str, Any]) -> dict[str, Any]:
    fields = [
        made | {"name": _plain(name), "value": _words(made["value"])}
        for name, made in state["fields"].items()
        if name not in UNSAID and made["value"] not in (None, [])
    ]
    return {"name": _plain(state["table"]), "key": state["key"], "fields": fields}


def _words(value: Any) -> str:
    return "nothing" if value is None or value == [] else in_words(value)


def _plain(name: str) -> str:
    return name.replace("_", " ")
