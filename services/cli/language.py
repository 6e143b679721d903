"""The verbs of `blotter events`: what the language's documents are made with, and checked."""

from __future__ import annotations

import sys
from pathlib import Path

import cyclopts

from events.published.catalogue import catalogue as event_catalogue
from events.published.schema_files import event_schemas, write
from events.published.schema_gate import BreakingChangeError
from events.schema import Schema, as_bytes
from services.agency.default import PROJECT
from services.cli.usage import USAGE
from services.intake.contract.asyncapi import asyncapi as asyncapi_document
from services.intake.contract.partner_schemas import schemas_for_partners

GOLDEN = PROJECT / "tests" / "golden"
SCHEMAS = PROJECT / "deploy" / "schemas"

events_app = cyclopts.App(name="events", help="The event language.")


def schemas() -> dict[str, Schema]:
    """A schema of the data for each stored name of today, and for what partners send."""
    return event_schemas() | schemas_for_partners()


@events_app.command
def schema(*, directory: Path = SCHEMAS) -> int:
    """Write the JSON Schema of every event, and of what partners send.

    Exit 1, and nothing written, when one would break what was published under its name.
    """
    try:
        written = write(directory, schemas())
    except BreakingChangeError as error:
        print(error, file=sys.stderr)
        print("a breaking change is a new version, with an upcast step", file=sys.stderr)
        return 1
    print(*(file.name for file in written), sep="\n")
    return 0


@events_app.command
def catalogue(*, out: Path | None = None) -> None:
    """The event catalogue in Markdown: every event, its fields, an example, who reads it."""
    _give(event_catalogue(GOLDEN, USAGE).encode(), out)


@events_app.command
def asyncapi(*, out: Path | None = None) -> None:
    """The AsyncAPI 3.0 document for partners: what they send, what they are answered."""
    _give(as_bytes(asyncapi_document()), out)


def _give(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(content)
