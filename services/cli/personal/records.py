"""`blotter records-request …`: requests for public records, their clock, and what is given out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import cyclopts
import httpx
import orjson
from rich.console import Console

from services.cli.options import Data, Json
from services.cli.personal.print_json import print_json
from services.cli.personal.records_table import records_table
from services.cli.personal.staff import RefusedByServerError, Staff

PLACE = "/api/v1/records-requests"

records_app = cyclopts.App(
    name="records-request", help="Requests for public records and their statutory clock."
)


@records_app.command(name="open")
def open_request(reports: list[str], *, received: str, data: Data = None) -> None:
    """Note a request, received on a day (YYYY-MM-DD); prints its number and when it is due."""
    day = date.fromisoformat(received).isoformat()
    with Staff.of(data) as staff:
        made = staff.post(PLACE, {"received_on": day, "reports": reports})
    print(f"{made['number']} due on {made['due_on']}")


@records_app.command(name="list")
def list_requests(*, data: Data = None, json: Json = False) -> int:
    """Requests by their due date; exit 1 when one is overdue."""
    with Staff.of(data) as staff:
        items = staff.get(PLACE, limit=1000)["items"]
    if json:
        print_json(items)
    else:
        Console().print(records_table(items))
    return 1 if any(item["overdue"] for item in items) else 0


@records_app.command
def extend(number: str, *, data: Data = None) -> None:
    """Take the additional time the law allows, once; prints the new date."""
    with Staff.of(data) as staff:
        print(staff.post(f"{PLACE}/{number}/extension", {}, _version(staff, number))["due_on"])


@records_app.command
def export(number: str, *, out: Path, through: int | None = None, data: Data = None) -> None:
    """Write what may be given out, redacted; the same request and position give the same bytes."""
    with Staff.of(data) as staff:
        parameters = {} if through is None else {"through": through}
        answer = staff.fetch(f"{PLACE}/{number}/export", **parameters)
    out.write_bytes(answer.content)
    print_json(_given_out(answer))


@records_app.command
def release(number: str, *, through: int, data: Data = None) -> None:
    """Note that the export up to this position was given out."""
    with Staff.of(data) as staff:
        answer = staff.fetch(f"{PLACE}/{number}/export", through=through)
        staff.post(f"{PLACE}/{number}/release", _given_out(answer), _version(staff, number))


def _given_out(answer: httpx.Response) -> dict[str, Any]:
    return {
        "through": int(answer.headers["blotter-through"]),
        "digest": answer.headers["blotter-digest"],
        "redactions": orjson.loads(answer.headers["blotter-redactions"]),
    }


@records_app.command
def refuse(number: str, exemptions: list[str], *, data: Data = None) -> None:
    """Note that nothing is given out, under these exemptions of the agency's table."""
    with Staff.of(data) as staff:
        staff.post(f"{PLACE}/{number}/refusal", {"exemptions": exemptions}, _version(staff, number))


def _version(staff: Staff, number: str) -> int:
    for item in staff.get(PLACE, limit=10_000)["items"]:
        if item["number"] == number:
            return int(item["version"])
    raise RefusedByServerError("there is no such request")
