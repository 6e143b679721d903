"""Puts the verbs of personal data into the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.cli.personal.erase import erase_app
from services.cli.personal.keys import keys_app
from services.cli.personal.records import records_app
from services.cli.personal.retention import retention_app
from services.cli.personal.seal import hold, lift, seal, unseal
from services.cli.personal.search import search

if TYPE_CHECKING:
    import cyclopts


def add_verbs(app: cyclopts.App) -> None:
    """All of them."""
    for group in (erase_app, retention_app, records_app, keys_app):
        app.command(group)
    for verb in (seal, unseal, hold, lift, search):
        app.command(verb)
