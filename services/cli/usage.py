"""Who uses an event: views by what they declare, services by what their modules import."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from events.published.catalogue import Usage
from services.projections.views import VIEWS

if TYPE_CHECKING:
    from events.envelope import Event

SERVICES = Path(__file__).parents[1]
WITH_EVENTS = ("intake", "triage", "casework", "ledger", "projections", "audit", "console")


def views_that_read(event: type[Event]) -> list[str]:
    """Names of the views that the event changes."""
    return sorted(view.name for view in VIEWS if event in view.events)


def services_that_read(event: type[Event]) -> set[str]:
    """Services with a module that names the event; its owner may be among them."""
    wanted = (event.__module__, event.__name__)
    return {service for service in WITH_EVENTS if wanted in _imported(service)}


@cache
def _imported(service: str) -> frozenset[tuple[str, str]]:
    """(module, name) of every `from … import …` in a service."""
    return frozenset(
        (node.module, alias.name)
        for file in (SERVICES / service).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    )


USAGE = Usage(services_that_read, views_that_read)
