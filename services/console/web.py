"""Every page of the console, and the forms of triage, which has no other HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.agency.site_loader import load_site
from services.console import (
    audit,
    console,
    inquiries,
    proof,
    rebuilds,
    replay,
    reveal,
    sign_in,
    triage,
    verification,
)
from services.console.board import Board
from services.console.templates import console_pages
from services.triage import forms as triage_forms
from services.triage.bundle_overview import open_rehearsals

if TYPE_CHECKING:
    from services.access.mounting import Mounting
    from services.ledger.app import ReadSide


async def mount(web: Mounting, read_side: ReadSide) -> None:
    """Add the console's pages; the last of them take every word that is left for a number."""
    pages = console_pages(web.profile)
    board = Board(read_side, pages)
    rehearsals = await web.stack.enter_async_context(
        open_rehearsals(web.settings, web.wake, web.access)
    )
    for router in (
        sign_in.router(read_side, pages, web.settings),
        console.router(read_side, board),
        inquiries.router(read_side, pages, load_site(web.settings.agency, web.profile)),
        rebuilds.router(read_side, pages),
        triage_forms.router(rehearsals),
        triage.router(rehearsals, pages),
        audit.router(read_side, pages),
        verification.router(read_side, pages),
        replay.router(read_side, pages),
        proof.router(read_side, pages),
        reveal.router(read_side),
    ):
        web.app.include_router(router)
    web.stations.append(board.station)
    web.loops.append(board.run())
