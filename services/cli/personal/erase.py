"""`blotter erase request | approve | decline | list | certificate | status`."""

from __future__ import annotations

from pathlib import Path

import cyclopts
import orjson
from rich.console import Console
from rich.table import Table

from services.cli.options import Data, Json
from services.cli.personal.print_json import print_json
from services.cli.personal.staff import Staff

erase_app = cyclopts.App(
    name="erase", help="Erase the personal data of a report: one asks, another one approves."
)


@erase_app.command(name="request")
def request_erasure(number: str, *, basis: str, data: Data = None) -> None:
    """Ask for an erasure on a legal basis of the agency's table; prints the request's id."""
    with Staff.of(data) as staff:
        print(staff.subject(number, "erasure-requests", {"basis": basis})["request_id"])


@erase_app.command
def approve(number: str, request: str, *, data: Data = None) -> None:
    """Approve somebody else's request: the keys are destroyed. Prints the certificate's address."""
    with Staff.of(data) as staff:
        print(staff.subject(number, "erasure-approvals", {"request_id": request})["certificate"])


@erase_app.command
def decline(number: str, request: str, *, data: Data = None) -> None:
    """Turn a request down, or take your own back."""
    with Staff.of(data) as staff:
        staff.subject(number, "erasure-refusals", {"request_id": request})


@erase_app.command(name="list")
def pending(*, data: Data = None, json: Json = False) -> None:
    """Requests that wait for a second person."""
    with Staff.of(data) as staff:
        items = staff.get("/api/v1/erasures", limit=10_000)["items"]
    if json:
        print_json(items)
        return
    table = Table("report", "basis", "requested by", "at", "request")
    for item in items:
        table.add_row(
            item["report_number"],
            item["basis"],
            item["requested_by"],
            item["requested_at"][:19],
            item["request_id"],
        )
    Console().print(table)


@erase_app.command
def certificate(request: str, *, out: Path | None = None, data: Data = None) -> None:
    """The certificate of a destruction, as JSON."""
    with Staff.of(data) as staff:
        body = staff.get(f"/api/v1/audit/certificates/{request}")
    if out:
        out.write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        print_json(body)


@erase_app.command
def status(number: str, *, data: Data = None) -> None:
    """What stands about a report's personal data: keys, holds, requests."""
    with Staff.of(data) as staff:
        print_json(staff.get(f"/api/v1/subjects/{number}"))
