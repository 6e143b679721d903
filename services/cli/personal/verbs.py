"""`blotter erase | seal | unseal | hold | lift | search`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cyclopts
import orjson
from rich.console import Console
from rich.table import Table

from services.cli.options import Data, Json
from services.cli.personal.staff import Staff
from services.projections.search.identifiers import Kind

erase_app = cyclopts.App(
    name="erase", help="Erase the personal data of a report: one asks, another one approves."
)


def show(body: Any) -> None:
    """JSON for a script or a file."""
    print(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())


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
        show(items)
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
        show(body)


@erase_app.command
def status(number: str, *, data: Data = None) -> None:
    """What stands about a report's personal data: keys, holds, requests."""
    with Staff.of(data) as staff:
        show(staff.get(f"/api/v1/subjects/{number}"))


def seal(number: str, *, basis: str, data: Data = None) -> None:
    """Hide the personal data of a report from everybody, without destroying it."""
    with Staff.of(data) as staff:
        staff.subject(number, "seal", {"basis": basis})


def unseal(number: str, *, basis: str, data: Data = None) -> None:
    """Show sealed personal data again; the event says who did, and on what basis."""
    with Staff.of(data) as staff:
        staff.subject(number, "unseal", {"basis": basis})


def hold(number: str, *, matter: str, data: Data = None) -> None:
    """Place a legal hold on a call: nothing of it is erased while the matter is open."""
    with Staff.of(data) as staff:
        staff.case(number, "hold", {"matter": matter})


def lift(number: str, *, matter: str, data: Data = None) -> None:
    """Lift a legal hold."""
    with Staff.of(data) as staff:
        staff.case(number, "lift", {"matter": matter})


def search(kind: Kind, *, data: Data = None, json: Json = False) -> int:
    """Reports with a telephone number, an e-mail address or a plate, which is read from stdin.

    Never an argument: arguments are seen by others and stay in histories. Exit 1: none found.
    """
    if sys.stdin.isatty():
        print(f"{kind}: ", end="", file=sys.stderr, flush=True)
    value = sys.stdin.readline().strip()
    with Staff.of(data) as staff:
        found = staff.post("/api/v1/search", {"kind": kind, "value": value})
    if json:
        show(found)
    else:
        print(*found["report_numbers"], sep="\n", end="\n" if found["report_numbers"] else "")
    if not found["complete"]:
        print("the index is still being made: there may be more", file=sys.stderr)
    return 0 if found["report_numbers"] else 1
