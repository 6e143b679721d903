"""`blotter audit watch`: does history only grow? Best asked from outside, again and again."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from services.audit.elsewhere.log_source import ConfessedError, NoAnswerError
from services.audit.elsewhere.watched import Look, WatchStateError, find, read, written
from services.cli.audit import audit_app
from services.cli.audit.opening import open_source
from services.cli.audit.tiles import write_file
from services.cli.options import Data
from services.proofs.tree import ProofError
from services.runtime.clock import now

if TYPE_CHECKING:
    from services.audit.elsewhere.log_source import LogSource
    from services.audit.elsewhere.watched import Watched

DAY_SECONDS = 86_400.0
"""Who is shown an old checkpoint for ever sees a quiet log that says that nothing waits."""
METRICS = """\
# HELP blotter_watch_rewritten History was rewritten: 1 from the finding until people remove it.
# TYPE blotter_watch_rewritten gauge
blotter_watch_rewritten {rewritten}
# HELP blotter_watch_could_tell The last look came to an answer.
# TYPE blotter_watch_could_tell gauge
blotter_watch_could_tell {could_tell}
# HELP blotter_watch_stalled The head stands still while events wait, or for longer than expected.
# TYPE blotter_watch_stalled gauge
blotter_watch_stalled {stalled}
# HELP blotter_watch_size Events under the last checkpoint that was seen and believed.
# TYPE blotter_watch_size gauge
blotter_watch_size {size}
# HELP blotter_watch_advanced_timestamp_seconds When the head was last seen to move.
# TYPE blotter_watch_advanced_timestamp_seconds gauge
blotter_watch_advanced_timestamp_seconds {advanced:.0f}
# HELP blotter_watch_looked_timestamp_seconds When the last look was; alarm on its age as well.
# TYPE blotter_watch_looked_timestamp_seconds gauge
blotter_watch_looked_timestamp_seconds {looked:.0f}
"""


class WrongKeyError(Exception):
    """Not signed by whom we know: wrong, but no evidence against the log, so no finding is kept."""


@dataclass(frozen=True, slots=True)
class Patience:
    """For how long the head may stand still: while events wait, and in any case (0: for ever)."""

    waiting_seconds: float
    any_case_seconds: float


@audit_app.command
def watch(
    *,
    state: Path,
    key: Path | None = None,
    once: bool = False,
    every: float = 60.0,
    metric: Path | None = None,
    stalled_after: float = 300.0,
    expect_growth_within: float = DAY_SECONDS,
    data: Data = None,
) -> int:
    """Check that the log continues what was seen of it before; exit 1 when history was rewritten.

    Without --once it goes on until then. Exit 2 when it cannot tell, or the head stands still.

    Parameters
    ----------
    state: what was seen, kept in this file
    key: file with the log's public keys, one a line, obtained out of band; needed the first time
    every: seconds between two looks
    metric: a file for the textfile collector of Prometheus
    stalled_after: seconds the head may stand still while events wait for it
    expect_growth_within: seconds within which something new is expected whatever the log says of
        itself; 0 for never mind
    """
    return asyncio.run(
        _watch(
            state,
            key,
            once=once,
            every=every,
            metric=metric,
            data=data,
            patience=Patience(stalled_after, expect_growth_within),
        )
    )


async def _watch(
    file: Path,
    key: Path | None,
    *,
    once: bool,
    every: float,
    metric: Path | None,
    data: Path | None,
    patience: Patience,
) -> int:
    while True:
        try:
            found = await _once(file, key, data, patience)
        except WatchStateError as error:
            print(f"blotter: {error}", file=sys.stderr)
            return 2
        print(found.words, file=sys.stderr if found.code else sys.stdout, flush=True)
        if metric:
            write_file(metric, _metrics(found).encode())
        if once or found.code == 1:
            return found.code
        await asyncio.sleep(every)


async def _once(file: Path, key: Path | None, data: Path | None, patience: Patience) -> Look:
    before = read(file, _keys(key))
    try:
        async with open_source(data) as source:
            found = await look(source, before, patience, now().timestamp())
    except psycopg.Error as error:
        found = Look(2, f"cannot tell: {type(error).__name__}", before)
    if found.state != before:
        write_file(file, written(found.state))
    return found


def _keys(file: Path | None) -> list[str]:
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
    except (WrongKeyError, ConfessedError) as error:
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


def _metrics(found: Look) -> str:
    return METRICS.format(
        rewritten=int(found.code == 1),
        could_tell=int(found.code < 2),
        stalled=int(found.stalled),
        size=found.state.size,
        advanced=found.state.advanced_at,
        looked=now().timestamp(),
    )
