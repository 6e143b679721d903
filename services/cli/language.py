"""The verbs of `blotter events`: what the language's documents are made with, and checked."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - cyclopts reads annotations at run time

import cyclopts

from events.schema import as_bytes
from services.cli.asyncapi import asyncapi as asyncapi_document
from services.cli.catalogue import catalogue as event_catalogue
from services.cli.finding import PROJECT
from services.cli.schema_gate import BreakingChangeError
from services.cli.schemas import write as write_schemas

GOLDEN = PROJECT / "tests" / "golden"
SCHEMAS = PROJECT / "deploy" / "schemas"

events_app = cyclopts.App(name="events", help="The event language.")


@events_app.command
def schema(*, directory: Path = SCHEMAS) -> int:
    """Write the JSON Schema of every event, and of what partners send.

    Exit 1, and nothing written, when one would break what was published under its name.
    """
    try:
        written = write_schemas(directory)
    except BreakingChangeError as error:
        print(error, file=sys.stderr)
        print("a breaking change is a new version, with an upcast step", file=sys.stderr)
        return 1
    print(*(file.name for file in written), sep="\n")
    return 0


@events_app.command
def catalogue(*, out: Path | None = None) -> None:
    """The event catalogue in Markdown: every event, its fields, an example, who reads it."""
    _give(event_catalogue(GOLDEN).encode(), out)


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
