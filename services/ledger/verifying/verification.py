"""Verifies a stored log from one position to another."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.ledger.verifying.heads import Heads
from services.ledger.verifying.verdict import Verdict
from services.proofs.examination import Examination
from services.proofs.finding import Finding
from services.proofs.regrowth import Regrowth
from services.proofs.tiles import WIDTH
from services.proofs.tree import ProofError, verify_consistency
from services.proofs.trust import Trust, UntrustedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.ledger.verifying.source import Extent, Source
    from services.proofs.note import NoteVerifier

    Progress = Callable[[int, int], None]

PIECE = 16 * WIDTH


@dataclass(frozen=True, slots=True)
class VerificationRange:
    """Positions, inclusive; None: from the beginning, to the end. `pinned`: keys from elsewhere;
    `origin`: the log's name, where one knows it."""

    first: int | None = None
    last: int | None = None
    pinned: Sequence[NoteVerifier] = ()
    origin: str | None = None


async def verify(
    source: Source, asked: VerificationRange, progress: Progress = lambda *_: None
) -> Verdict:
    """The verdict; UnreadableError when there is nothing to judge."""
    trust = Trust(asked.pinned, await source.keys(), asked.origin)
    extent = await source.extent()
    start = (asked.first or 0) // WIDTH * WIDTH
    end = extent.size if asked.last is None else min(asked.last + 1, extent.size)
    start = min(start, max(end - 1, 0) // WIDTH * WIDTH)
    with closing(Heads()) as heads:
        tree = Regrowth(start, await source.levels(start) if start else ())
        examination = Examination(trust, heads, tree, extent.whole, from_start=start == 0)
        for at in range(start, end, PIECE):
            piece = await source.piece(at, min(at + PIECE, end))
            if await asyncio.to_thread(examination.examine, piece):
                break
            heads.spill()
            progress(examination.events, end - start)
    finding = examination.finding or await _end(source, examination, extent, start, end)
    if finding is not None and finding.until is not None:
        finding = await source.locate(finding)
    return _verdict(asked, extent, examination, (start, end), finding)


async def _end(
    source: Source, examination: Examination, extent: Extent, start: int, end: int
) -> Finding | None:
    """The findings that need the end of the range: partial tiles, peaks, missing events."""
    if end < extent.size:
        found = await _connected(source, examination, end)
    else:
        beyond = await source.checkpoint_from(end + 1)
        if beyond is not None:
            return examination.beyond(beyond)
        if not extent.fits:
            return Finding(min(extent.whole, end), "the size of the tree does not fit its peaks")
        peaks = extent.peaks if extent.whole == extent.size else None
        found = examination.close(await source.in_part(end), peaks)
    return found or await source.elsewhere(start, end)


async def _connected(source: Source, examination: Examination, end: int) -> Finding | None:
    """The range is part of what the next checkpoint signs."""
    signed = await source.checkpoint_from(end)
    if signed is None or examination.signed == end:
        return None
    try:
        checkpoint = examination.trust.open(signed.note)
    except UntrustedError as error:
        return Finding(signed.size or end, str(error), checkpoint=True)
    try:
        path = await source.path(end, checkpoint.size)
        root = examination.tree.root()
        verify_consistency(end, checkpoint.size, path, root, checkpoint.root)
    except (ProofError, IndexError):
        what = f"not the history that was signed when it had {checkpoint.size} events"
        return Finding(examination.signed, what, checkpoint.size)
    examination.signed = end
    examination.checkpoints += 1
    return None


def _verdict(
    asked: VerificationRange,
    extent: Extent,
    examination: Examination,
    bounds: tuple[int, int],
    finding: Finding | None,
) -> Verdict:
    trust, (start, end) = examination.trust, bounds
    doubts = []
    if asked.last is not None and asked.last >= extent.size:
        doubts.append(f"asked through {asked.last}, but the log ends at {extent.size - 1}")
    if finding is None and examination.checkpoints == 0:
        doubts.append("no checkpoint covers this: nothing here is signed yet")
    elif finding is None and asked.pinned:
        if trust.pinned_size < 0:
            what = "not signed by the key you gave: another log's key, or another history"
            finding = Finding(examination.signed, what, checkpoint=True)
        elif trust.pinned_size < min(end, examination.signed):
            doubts.append(f"the key you gave signed no more than {trust.pinned_size} events")
    last = extent.size - 1 if asked.last is None else asked.last
    return Verdict(
        requested=(asked.first or 0, last),
        found=(start, start + examination.events - 1),
        checkpoints=(examination.checkpoints, max(extent.checkpoints, examination.checkpoints)),
        events=(examination.events, end - start),
        signed=examination.signed,
        origin=trust.origin,
        signers=sorted(trust.signers),
        pinned=bool(asked.pinned),
        finding=finding,
        doubts=doubts,
    )
