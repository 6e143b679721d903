"""Whether a stored log is what was signed: its bytes, order, streams, tree and checkpoints. Pure.

Fed piece by piece in order of position, from whatever it is stored in; it keeps a few hundred
hashes and the last version of each stream. It stops at the first thing that is wrong: what comes
after a wrong leaf has wrong roots too, and says nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from services.proofs.finding import Finding, first
from services.proofs.regrowth import Regrowth, compare
from services.proofs.tiles import WIDTH
from services.proofs.trust import UntrustedError

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence

    from services.proofs.checkpoint import Checkpoint
    from services.proofs.nodes import TilePlace
    from services.proofs.regrowth import StoredTile
    from services.proofs.trust import Trust

Row = tuple[Any, ...]
"""Position and bytes; from a table also what its columns say: id as text, stream, version, type and
time, the latter in eight bytes as microseconds since 2000."""
Y2000 = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
COLUMNS = ("event_id", "stream_id", "version", "type", "recorded_at")


@dataclass(frozen=True, slots=True)
class SignedRow:
    """A signed checkpoint; from a table also what its columns say of it."""

    note: str
    number: int = 0
    size: int | None = None
    root: bytes | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """The log from `start` up to `end`, as it is stored, with the checkpoints of sizes in it."""

    start: int
    end: int
    rows: Sequence[Row]
    tiles: Mapping[TilePlace, Sequence[StoredTile]] = field(default_factory=dict)
    checkpoints: Sequence[SignedRow] = ()


@dataclass(slots=True)
class Examination:
    """`heads` has the last version of each stream by its hash, 0 for none. `whole`: so many leaves
    the stored tree claims to have; `from_start`: streams must begin with version 1."""

    trust: Trust
    heads: MutableMapping[int, int]
    tree: Regrowth
    whole: int = 0
    from_start: bool = True
    events: int = 0
    checkpoints: int = 0
    signed: int = 0
    """The size of the largest checkpoint that holds."""
    last_number: int = 0
    finding: Finding | None = None

    def examine(self, piece: Piece) -> Finding | None:
        """What is wrong first in this piece, or was before."""
        if self.finding is None:
            self.finding = self._examine(piece)
        return self.finding

    def _examine(self, piece: Piece) -> Finding | None:
        rows, hole = _contiguous(piece)
        leaves = [sha256(b"\x00" + row[1]).digest() for row in rows]
        found = [hole, _altered(piece, leaves), self._attributes(rows)]
        wrong = first([each for each in found if each])
        good = leaves if wrong is None else leaves[: max(wrong.position - piece.start, 0)]
        self.events += len(good)
        return self._grow(piece, good, wrong) or wrong

    def _grow(self, piece: Piece, leaves: Sequence[bytes], wrong: Finding | None) -> Finding | None:
        """Grow by leaves that are in order, from checkpoint to checkpoint; those beyond what is
        `wrong` say nothing more."""
        done = 0
        for signed in piece.checkpoints:
            if wrong and (piece.end if signed.size is None else signed.size) > wrong.position:
                break
            checkpoint = self._opened(signed)
            if isinstance(checkpoint, Finding):
                return checkpoint
            upto = max(min(checkpoint.size, piece.end) - piece.start, done)
            if differs := self.tree.extend(leaves[done:upto], piece.tiles, self.whole):
                return differs
            done = upto
            if differs := self._holds(checkpoint):
                return differs
        return self.tree.extend(leaves[done:], piece.tiles, self.whole)

    def _attributes(self, rows: Sequence[Row]) -> Finding | None:
        return attributes(rows, self.heads, complete=self.from_start)

    def _opened(self, signed: SignedRow) -> Checkpoint | Finding:
        """The checkpoint, if it is signed and its columns are its own."""
        size = self.tree.size if signed.size is None else signed.size
        try:
            checkpoint = self.trust.open(signed.note)
        except UntrustedError as error:
            return Finding(size, str(error), checkpoint=True)
        own = (checkpoint.size, checkpoint.root)
        if signed.size is not None and own != (signed.size, signed.root):
            return Finding(
                checkpoint.size, "its row says another size or root than is signed", checkpoint=True
            )
        if signed.number <= self.last_number and signed.number:
            return Finding(
                checkpoint.size, "it was signed before one that covers less", checkpoint=True
            )
        self.last_number = signed.number
        return checkpoint

    def _holds(self, checkpoint: Checkpoint) -> Finding | None:
        if checkpoint.size != self.tree.size:
            return Finding(self.tree.size, _cut(checkpoint.size, self.tree.size))
        if checkpoint.root != self.tree.root():
            what = f"not the history that was signed when it had {checkpoint.size} events"
            return Finding(self.signed, what, checkpoint.size)
        self.checkpoints += 1
        self.signed = checkpoint.size
        return None

    def beyond(self, signed: SignedRow) -> Finding | None:
        """A checkpoint of more events than there are: what is missing was signed."""
        if self.finding is None:
            checkpoint = self._opened(signed)
            if isinstance(checkpoint, Finding):
                self.finding = checkpoint
            else:
                self.finding = Finding(self.tree.size, _cut(checkpoint.size, self.tree.size))
        return self.finding

    def close(
        self, tiles: Mapping[TilePlace, Sequence[StoredTile]], peaks: Sequence[bytes] | None
    ) -> Finding | None:
        """Tiles in part, and the peaks kept for growing, where the log ends."""
        if self.finding is None:
            self.finding = self.tree.unfinished(tiles) or self._peaks(peaks)
        return self.finding

    def _peaks(self, stored: Sequence[bytes] | None) -> Finding | None:
        if stored is None:
            return None
        start = 0
        for own, kept in zip(self.tree.peaks(), stored, strict=False):
            width = 1 << ((self.tree.size - start).bit_length() - 1)
            if own != kept:
                return Finding(start, "not what the tree was grown from", start + width)
            start += width
        return None


def attributes(
    rows: Sequence[Row], heads: MutableMapping[int, int], *, complete: bool
) -> Finding | None:
    """Columns that say something else than the bytes; versions with a gap or a repeat."""
    loads, parse = orjson.loads, datetime.fromisoformat
    for row in rows:
        try:
            event = loads(row[1])
            stream, version = event["subject"], event["streamversion"]
            if len(row) > 2:
                stated = (event["id"], stream, version, event["type"])
                passed = (parse(event["recordedtime"]) - Y2000) // MICROSECOND
                if row[2:6] != stated or row[6] != passed.to_bytes(8, "big", signed=True):
                    return Finding(row[0], _contradiction(row, event))
            key = hash(stream)
            before = heads[key]
        except (ValueError, KeyError, TypeError):
            return Finding(row[0], "the stored bytes are no event")
        if version != before + 1 and (before or complete):
            return Finding(row[0], f"version {version} of its stream follows {before}")
        heads[key] = version
    return None


def _cut(signed: int, found: int) -> str:
    return (
        f"the log ends here, but a checkpoint of {signed} events was signed ({signed - found} more)"
    )


def _contiguous(piece: Piece) -> tuple[Sequence[Row], Finding | None]:
    """The rows up to the first hole or repeat."""
    for expected, row in enumerate(piece.rows, piece.start):
        if row[0] != expected:
            what = "missing" if row[0] > expected else "there twice"
            return piece.rows[: expected - piece.start], Finding(min(row[0], expected), what)
    end = piece.start + len(piece.rows)
    if end != piece.end:
        what = "missing" if end < piece.end else "more than there may be"
        return piece.rows[: piece.end - piece.start], Finding(min(end, piece.end), what)
    return piece.rows, None


def _altered(piece: Piece, leaves: Sequence[bytes]) -> Finding | None:
    """The first leaf of the piece that is not the one of its stored tile."""
    found = []
    for (level, index), stored in piece.tiles.items():
        own = leaves[max(index * WIDTH - piece.start, 0) : (index + 1) * WIDTH - piece.start]
        if level or not own or index * WIDTH < piece.start:
            continue
        for tile in stored:
            if len(own) >= tile.width and (wrong := compare((level, index), own, tile)):
                found.append(wrong)
    return first(found)


def _contradiction(row: Row, event: Mapping[str, Any]) -> str:
    stated = (*(event[name] for name in ("id", "subject", "streamversion", "type")),)
    pairs = zip(COLUMNS, row[2:6], stated, strict=False)
    name = next((name for name, column, own in pairs if column != own), COLUMNS[-1])
    return f"column {name} says something else than the stored bytes"
