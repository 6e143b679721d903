"""`blotter retention due | dispose`: what the schedule demands today."""

from __future__ import annotations

import sys

import cyclopts
from rich.console import Console
from rich.progress import track
from rich.table import Table

from services.agency.retention import RETENTION_BASIS
from services.cli.options import Data, Json
from services.cli.personal.print_json import print_json
from services.cli.personal.staff import RefusedByServerError, Staff

retention_app = cyclopts.App(name="retention", help="The retention schedule and its disposals.")


@retention_app.command
def due(*, limit: int = 1000, data: Data = None, json: Json = False) -> int:
    """Records whose time is up; exit 1 when there are some that nothing holds back."""
    with Staff.of(data) as staff:
        found = staff.get("/api/v1/retention/due", limit=limit)
    if json:
        print_json(found)
    else:
        table = Table("report", "type", "closed", "due", "rule", "held by", "requested")
        for item in found["items"]:
            table.add_row(
                item["report_number"],
                item["type"],
                item["closed_on"],
                item["due_on"],
                item["rule"],
                ", ".join(item["holds"]),
                "yes" if item["pending"] else "",
            )
        Console().print(table)
    return 1 if any(not item["holds"] for item in found["items"]) else 0


@retention_app.command
def dispose(*, limit: int = 1000, data: Data = None) -> int:
    """Ask for the erasure of every record that is due; another person approves. Exit 1: refusals.

    Records that are held, or asked for already, are left alone.
    """
    refused = asked = 0
    with Staff.of(data) as staff:
        items = staff.get("/api/v1/retention/due", limit=limit)["items"]
        free = [item for item in items if not item["holds"] and not item["pending"]]
        for item in track(free, "asking", disable=not sys.stderr.isatty()):
            try:
                staff.subject(item["report_number"], "erasure-requests", {"basis": RETENTION_BASIS})
                asked += 1
            except RefusedByServerError as error:
                print(f"{item['report_number']}: {error}", file=sys.stderr)
                refused += 1
    print(f"{asked} erasures requested, {len(items) - len(free)} left alone")
    return 1 if refused else 0


@retention_app.command
def approve(*, limit: int = 10_000, data: Data = None) -> int:
    """Approve every disposal that somebody else asked for. Exit 1: refusals."""
    refused = done = 0
    with Staff.of(data) as staff:
        items = staff.get("/api/v1/erasures", limit=limit)["items"]
        disposals = [item for item in items if item["basis"] == RETENTION_BASIS]
        for item in track(disposals, "approving", disable=not sys.stderr.isatty()):
            try:
                body = {"request_id": item["request_id"]}
                staff.subject(item["report_number"], "erasure-approvals", body)
                done += 1
            except RefusedByServerError as error:
                print(f"{item['report_number']}: {error}", file=sys.stderr)
                refused += 1
    print(f"{done} records disposed of")
    return 1 if refused else 0
