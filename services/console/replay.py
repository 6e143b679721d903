"""`/console/audit/NUMBER`: a record as it was known at each of its events."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.audit import record_past
from services.audit.api import problems, record_replay
from services.audit.as_of import AsOf
from services.audit.record_as_of import shown
from services.audit.record_history import history_of
from services.audit.record_past import Past
from services.audit.refusals import UnknownNumberError
from services.console.reveal import page_reader
from services.console.words import in_words
from services.projections.personal.viewing import visible_fields
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.ledger.app import ReadSide
    from services.projections.personal.visible_fields import VisibleFields
    from services.runtime.pages import Pages

TITLES = {
    "case_status_calls": "Call for service",
    "case_status_reports": "Report",
    "workload_calls": "Workload",
    "legal_holds": "Legal holds",
    "personal_data": "Personal data",
}
UNSAID = frozenset({"key", "position", "received_position", "version"})
"""Columns that say nothing of the record itself."""
Row = dict[str, Any]


def router(read_side: ReadSide, pages: Pages) -> APIRouter:
    """The route, on a read side that is already composed."""
    routes = APIRouter(
        prefix="/console/audit", tags=["console"], default_response_class=HTMLResponse
    )

    @routes.get("/{number}")
    async def replayed(
        request: Request,
        number: str,
        event: Annotated[int | None, Query(ge=1)] = None,
        as_of_position: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    ) -> Response:
        identity = await require(read_side.pool, request, AUDIT_READERS, now())
        reader = page_reader(identity)
        with problems():
            async with read_side.pool.connection() as connection:
                past = await record_past.load(connection, read_side.keyring, number)
            place = chosen(past, event, as_of_position)
            as_of = AsOf("position", past.known[place - 1].position)
            await record_replay(read_side, reader, "show", past, as_of)
            seen = await visible_fields(read_side, reader, identity.role, past.record)
            values = replay_values(past, place, seen)
        return pages.page("replay.html", identity=identity, **values)

    return routes


def chosen(past: Past, event: int | None, position: int | None) -> int:
    """The event of the record, counted from 1, as of which it is shown: by default the last."""
    if position is not None:
        event = sum(entry.position <= position for entry in past.known)
        if not event:
            raise UnknownNumberError(f"nothing was known under this number at position {position}")
    if event is not None and event > len(past.known):
        raise ProblemError(404, "no-such-event", f"This record has {len(past.known)} events")
    return event or len(past.known)


def replay_values(past: Past, place: int, seen: VisibleFields) -> dict[str, Any]:
    """What the page shows as of one event of the record."""
    items = history_of(past, seen)["items"]
    position = items[place - 1]["position"]
    then = _then(past, position, seen)
    return {
        "number": past.record.number,
        "items": [_event(past, each) for each in items],
        "place": place,
        "states": _states(then, position),
        "personal": _personal(then),
        "changes": _changes(items, place, {state["key"] for state in then["states"]}),
    }


def _then(past: Past, position: int, seen: VisibleFields) -> dict[str, Any]:
    try:
        return shown(past, AsOf("position", position), seen)
    except UnknownNumberError:  # the number came later than this event of the record
        return {"states": [], "personal": []}


def _personal(then: dict[str, Any]) -> list[Row]:
    return [each | {"value": in_words(each["value"])} for each in then["personal"]]


def _event(past: Past, item: dict[str, Any]) -> Row:
    raw = next(each for each in past.record.entries if each.position == item["position"])
    facts = [(name.replace("_", " "), in_words(fact)) for name, fact in item["facts"].items()]
    return item | {"facts": facts, "raw": raw.body.decode()}


def _states(then: dict[str, Any], position: int) -> list[Row]:
    """The rows as of then, the call first; none when nothing was known under this number."""
    order = {table: place for place, table in enumerate(TITLES)}
    states = sorted(then["states"], key=lambda each: order.get(each["table"], len(order)))
    return [_state(state, position) for state in states]


def _state(state: Row, position: int) -> Row:
    fields = state["fields"]
    number = fields.get("report_number", {"value": ""})["value"]
    return {
        "id": f"{state['table']}-{state['key']}",
        "title": _title(state["table"], number),
        "rows": [
            {
                "name": name.replace("_", " "),
                "value": _value(made["value"]),
                "type": made["type"],
                "position": made["position"],
                "event_id": made["event_id"],
                "rules": made["bundle"],
                "changed": made["position"] == position,
            }
            for name, made in fields.items()
            if name not in UNSAID and made["value"] not in (None, [])
        ],
    }


def _title(table: str, number: str) -> str:
    return f"{TITLES.get(table, table)} {number}".strip()


def _changes(items: list[Row], place: int, known: set[str]) -> list[Row]:
    """What the event changed; `elsewhere` in a report that was no part of this record then."""
    changes = [change for item in items for change in item["changes"]]
    numbers = {each["key"]: each["after"] for each in changes if each["field"] == "report_number"}
    return [
        {
            "of": _title(each["table"], numbers.get(each["key"], "")),
            "field": each["field"].replace("_", " "),
            "elsewhere": each["key"] not in known,
            "before": _value(each["before"]),
            "after": _value(each["after"]),
        }
        for each in items[place - 1]["changes"]
        if each["field"] not in UNSAID and (each["before"] or each["after"]) not in (None, [])
    ]


def _value(value: Any) -> datetime | str:
    """A time stays one, so that the page says it as local time; the rest in words."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value in (None, []) else in_words(value)
