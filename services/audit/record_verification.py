"""Whether the events of one record are those that were signed; the rest of the log is not read.

No view is believed: what a view, the ledger or the owners say belongs to the record is looked at,
so that a row which is gone, or was moved to another stream, is missed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import psycopg

from services.audit.belonging import Belonging, own_streams
from services.audit.by_number import by_number
from services.audit.refusals import CannotReplayError
from services.ledger.proofs import keys, paths
from services.ledger.verifying import owners
from services.ledger.verifying.database_source import SNAPSHOT, Database
from services.ledger.verifying.source import UnreadableError, read_keys
from services.ledger.verifying.verdict import Verdict
from services.proofs.examination import attributes
from services.proofs.finding import Finding, first
from services.proofs.tiles import WIDTH
from services.proofs.tree import ProofError, leaf_hash, verify_inclusion
from services.proofs.trust import Trust, UntrustedError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from services.ledger.verifying.verification import VerificationRange
    from services.proofs.checkpoint import Checkpoint
    from services.proofs.examination import Row
    from services.runtime.database import Connection

ROWS_SQL = """
select position, body, event_id::text, stream_id, version, type, timestamptz_send(recorded_at)
from ledger where stream_id = any(%s) or event_id = any(%s) order by position
"""
NEWEST_SQL = "select note from signed_checkpoints order by size desc, number desc limit 1"
HOLE_SQL = """
select position + 1 from (
  select position, lead(position) over (order by position) as following from ledger
  where position >= %s and position <= %s
) l where following > position + 1 order by position limit 1
"""


async def verify_record(connection: Connection, number: str, asked: VerificationRange) -> Verdict:
    """The verdict on the record in one snapshot; UnknownNumberError when there is none."""
    try:
        async with connection.transaction():
            await connection.execute(SNAPSHOT)
            return await verified(connection, number, asked)
    except psycopg.DataError as error:
        raise UnreadableError(f"a value cannot be read: {type(error).__name__}") from error


async def verified(connection: Connection, number: str, asked: VerificationRange) -> Verdict:
    """As `verify_record`, inside a transaction that sees one moment."""
    streams, doubts = await _streams(connection, number)
    committed = await owners.committed(connection, streams)
    cursor = await connection.execute(
        ROWS_SQL.encode(), [list(streams), list(committed)], binary=True
    )
    rows = await cursor.fetchall()
    trust = Trust(
        asked.pinned, read_keys([k.verifier for k in await keys.listed(connection)]), asked.origin
    )
    signed, bad_checkpoint = await _newest(connection, trust)
    if signed is None and bad_checkpoint is None:
        doubts.append("no checkpoint covers this: nothing here is signed yet")
    found = [
        await _gap(connection, rows),
        await _missing(connection, rows, committed),
        attributes(rows, defaultdict(int), complete=True),
        await owners.contradiction_at(connection, [row[0] for row in rows]),
        await _inclusion(connection, rows, signed),
    ]
    finding = bad_checkpoint or first([each for each in found if each])
    if finding is None and asked.pinned and trust.pinned_size < 0:
        finding = Finding(
            signed.size if signed else 0, "not signed by the key you gave", checkpoint=True
        )
    return _verdict(
        number, rows, len(committed), trust, signed, finding, doubts, bool(asked.pinned)
    )


async def _streams(connection: Connection, number: str) -> tuple[set[str], list[str]]:
    found = Belonging()
    try:
        await own_streams(connection, found, await by_number(connection, number))
    except CannotReplayError as error:
        return found.streams, [str(error)]
    return found.streams, []


async def _newest(connection: Connection, trust: Trust) -> tuple[Checkpoint | None, Finding | None]:
    cursor = await connection.execute(NEWEST_SQL)
    row = await cursor.fetchone()
    if row is None:
        return None, None
    try:
        return trust.open(row[0]), None
    except UntrustedError as error:
        return None, Finding(0, f"the newest: {error}", checkpoint=True)


async def _gap(connection: Connection, rows: Sequence[Row]) -> Finding | None:
    """The first version that a stream lacks, or has twice."""
    heads: dict[str, tuple[int, int]] = {}
    for position, _, _, stream, version, *_ in rows:
        before, at = heads.get(stream, (0, rows[0][0] - 1))
        if version != before + 1:
            hole = await _hole(connection, max(at, 0), position)
            what = f"version {version} of its stream follows {before}"
            return Finding(position, what) if hole is None else Finding(hole, "missing")
        heads[stream] = (version, position)
    return None


async def _missing(
    connection: Connection, rows: Sequence[Row], committed: Collection[str]
) -> Finding | None:
    """An event that its owner committed, and that the ledger took."""
    lost = set(committed) - {row[2] for row in rows}
    if not lost:
        return None
    hole = await _hole(connection, 0, 2**62)
    end = rows[-1][0] + 1 if rows else 0
    what = f"{len(lost)} events of the record that the ledger took are missing from it"
    return Finding(end if hole is None else hole, what)


async def _hole(connection: Connection, start: int, end: int) -> int | None:
    cursor = await connection.execute(HOLE_SQL, [start, end])
    row = await cursor.fetchone()
    return int(row[0]) if row else None


async def _inclusion(
    connection: Connection, rows: Sequence[Row], signed: Checkpoint | None
) -> Finding | None:
    """The first event that does not lie under the checkpoint at its position."""
    if signed is None:
        return None
    for position, body, *_ in rows:
        if position >= signed.size:
            return None
        try:
            path = await paths.inclusion(connection, position, signed.size)
            verify_inclusion(position, signed.size, leaf_hash(bytes(body)), path, signed.root)
        except (ProofError, IndexError, ValueError):
            what = f"not what was signed when the log had {signed.size} events"
            start = position // WIDTH * WIDTH
            located = await Database(connection).locate(
                Finding(start, what, min(start + WIDTH, signed.size))
            )
            own = Finding(position, what)
            return own if located.until is not None else located
    return None


def _verdict(
    number: str,
    rows: Sequence[Row],
    committed: int,
    trust: Trust,
    signed: Checkpoint | None,
    finding: Finding | None,
    doubts: list[str],
    pinned: bool,
) -> Verdict:
    places = [row[0] for row in rows]
    end = finding.position if finding and not finding.checkpoint else 2**62
    good = [place for place in places if place < end]
    size = signed.size if signed else 0
    return Verdict(
        requested=(places[0], places[-1]) if places else (0, -1),
        found=(good[0], good[-1]) if good else (0, -1),
        checkpoints=(int(signed is not None), 1 if signed or finding else 0),
        events=(len(good), max(len(places), committed)),
        signed=size,
        origin=trust.origin,
        signers=sorted(trust.signers),
        pinned=pinned,
        finding=finding,
        doubts=doubts,
        record=number,
        not_signed=sum(place >= size for place in places),
    )
