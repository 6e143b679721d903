"""One look at a log: does it continue what was seen of it before, and does it grow?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from services.audit.elsewhere.log_source import NoAnswerError, RefusesToSignError
from services.audit.elsewhere.watched import Look, WatchStateError, find, read, written
from services.proofs.tree import ProofError
from services.runtime.atomic_file import write_atomically
from services.runtime.clock import now

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from services.audit.elsewhere.log_source import LogSource
    from services.audit.elsewhere.watched import Watched


class WrongKeyError(Exception):
    """Not signed with the pinned key: no evidence against the log, so no finding is kept."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the head may stand still: while events wait, and in any case (0: without limit)."""

    waiting_seconds: float
    any_case_seconds: float


async def look_and_remember(
    file: Path,
    key_file: Path | None,
    opened: AbstractAsyncContextManager[LogSource],
    patience: Patience,
) -> Look:
    """Look once, from the state in a file, which is kept up to date; WatchStateError."""
    before = read(file, _keys(key_file))
    try:
        async with opened as source:
            found = await look(source, before, patience, now().timestamp())
    except psycopg.Error as error:
        found = Look(2, f"cannot tell: {type(error).__name__}", before)
    if found.state != before:
        write_atomically(file, written(found.state))
    return found


def _keys(file: Path | None) -> list[str]:
    """The keys in a file, one a line; what follows a # is a comment."""
    if file is None:
        return []
    try:
        lines = [line.partition("#")[0].strip() for line in file.read_text().splitlines()]
    except OSError as error:
        raise WatchStateError(f"{file} cannot be read: {error}") from None
    return [line for line in lines if line]


async def look(source: LogSource, before: Watched, patience: Patience, moment: float) -> Look:
    """Look once: what it came to, and the state to keep."""
    try:
        after, words = await _compare(source, before, moment)
        if after.finding:
            first_bad = f"first bad size {after.finding.first_bad_size}"
            return Look(1, f"REWRITTEN: {after.finding.reason}; {first_bad}", after)
        still = moment - after.advanced_at
        if 0 < patience.any_case_seconds < still:
            return Look(2, f"{words}; the head stands still for {still:.0f} s", after, stalled=True)
        if still > patience.waiting_seconds and (waiting := await source.behind()):
            words = f"{words}; the head stands still for {still:.0f} s, {waiting} events wait"
            return Look(2, words, after, stalled=True)
    except (WrongKeyError, RefusesToSignError) as error:
        return Look(1, f"WRONG: {error}", before)
    except NoAnswerError as error:
        return Look(2, f"cannot tell: {error}", before)
    return Look(0, words, after)


async def _compare(source: LogSource, before: Watched, moment: float) -> tuple[Watched, str]:
    signed = await source.checkpoint()
    try:
        shown = before.opened(signed)
    except ProofError as error:
        raise WrongKeyError(f"what is shown is not signed with the pinned key: {error}") from None
    path: tuple[bytes, ...] = ()
    if 0 < before.size < shown.size:
        path = await source.consistency(before.size, shown.size)
    reason = before.contradiction(shown, path)
    if reason is not None:
        return find(before, reason, signed, moment), reason
    return before.advanced(signed, moment), f"sound: {shown.size} events, {before.size} seen before"
