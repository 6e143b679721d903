"""Ways to falsify a stored ledger, each with the place where it has to be found.

Everything is done as whoever owns the database can do it: triggers off, constraints dropped.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from services.ledger.proofs import growth
from services.ledger.verifying.database_source import Database
from services.ledger.verifying.verification import VerificationRange, verify
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.tree import Frontier, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from services.proofs.finding import Finding
    from services.runtime.database import Connection

    Change = Callable[[Connection], Awaitable[None]]

UNIQUE_SQL = (
    "alter table ledger drop constraint ledger_event_id_key,"
    " drop constraint ledger_stream_id_version_key"
)
HISTORY = (
    "ledger",
    "tiles",
    "log_keys",
    "log_keys_ended",
    "signed_checkpoints",
    "intake.events",
    "triage.events",
    "casework.events",
    "access.events",
)
"""What refuses changes by trigger, also to a session that replays a replica's."""
SIZES = (3, 300, 700, 1000)
"""A ledger is signed at each of these; the last is its size."""
SIZE, TILED = SIZES[-1], 768


@dataclass(frozen=True)
class Tampering:
    """`exact`: no range is good enough; `checkpoint`: the place is that of a checkpoint."""

    name: str
    change: Change
    position: int
    exact: bool = True
    checkpoint: bool = False

    def is_named_by(self, finding: Finding | None) -> bool:
        if finding is None or finding.checkpoint != self.checkpoint:
            return False
        until = finding.position + 1 if finding.until is None else finding.until
        if self.exact and until > finding.position + 1:
            return False
        return finding.position <= self.position < until


async def triggers_off(connection: Connection) -> None:
    """As the tables' owner can: history no longer refuses changes."""
    for table in HISTORY:
        await connection.execute(f"alter table {table} disable trigger user".encode())


async def missed(
    connection: Connection, tamperings: Iterable[Tampering], asked: VerificationRange
) -> list[str]:
    """What the verification does not find, or finds in the wrong place. Undoes each."""
    wrong = []
    for tampering in tamperings:
        async with connection.transaction(force_rollback=True):
            await triggers_off(connection)
            await connection.execute(UNIQUE_SQL)
            await tampering.change(connection)
            finding = (await verify(Database(connection), asked)).finding
        if not tampering.is_named_by(finding):
            wrong.append(f"{tampering.name} at {tampering.position}: {finding}")
    return wrong


def statement(query: str, *arguments: Any) -> Change:
    async def change(connection: Connection) -> None:
        cursor = await connection.execute(query.encode(), arguments)
        assert cursor.rowcount, query

    return change


def flipped(data: bytes, bit: int) -> bytes:
    at = bit // 8
    return data[:at] + bytes([data[at] ^ (1 << bit % 8)]) + data[at + 1 :]


def flip_in_column(table: str, column: str, where: str, place: int) -> Change:
    """One bit of a `bytea`, counted round its length."""

    async def change(connection: Connection) -> None:
        query = f"select {column} from {table} where {where}"
        row = await (await connection.execute(query.encode())).fetchone()
        assert row is not None
        altered = flipped(bytes(row[0]), place % (len(row[0]) * 8))
        query = f"update {table} set {column} = %s where {where}"
        await connection.execute(query.encode(), [altered])

    return change


def flip_in_text(table: str, column: str, where: str, place: int) -> Change:
    """One bit of a character, such that it stays text."""

    async def change(connection: Connection) -> None:
        query = f"select {column} from {table} where {where}"
        row = await (await connection.execute(query.encode())).fetchone()
        assert row is not None
        at = place % len(row[0])
        other = chr(ord(row[0][at]) ^ (1 if row[0][at] != "\x01" else 2))
        altered = row[0][:at] + other + row[0][at + 1 :]
        query = f"update {table} set {column} = %s where {where}"
        await connection.execute(query.encode(), [altered])

    return change


def flip_id(position: int, bit: int) -> Change:
    async def change(connection: Connection) -> None:
        query = f"select event_id from ledger where position = {position}"
        row = await (await connection.execute(query.encode())).fetchone()
        assert row is not None
        await connection.execute(
            "update ledger set event_id = %s where position = %s",
            [UUID(bytes=flipped(row[0].bytes, bit)), position],
        )

    return change


def flipped_columns(chance: random.Random) -> Iterator[Tampering]:
    """Single bits in every column of the ledger."""

    def anywhere() -> int:
        return chance.choice((chance.randrange(SIZE), chance.randrange(TILED, SIZE)))

    for _ in range(60):
        at, where = anywhere(), chance.randrange(10**6)
        change = flip_in_column("ledger", "body", f"position = {at}", where)
        yield Tampering("a bit of the bytes", change, at)
    for _ in range(8):
        at = anywhere()
        yield Tampering("a bit of the id", flip_id(at, chance.randrange(128)), at)
        for column in ("stream_id", "type", "topic"):
            at = anywhere()
            change = flip_in_text("ledger", column, f"position = {at}", chance.randrange(99))
            yield Tampering(f"a bit of {column}", change, at)
        for column, bits in (("version", 30), ("partition", 14), ("number", 62)):
            at, bit = anywhere(), 1 << chance.randrange(bits)
            query = f"update ledger set {column} = {column} # %s where position = %s"
            yield Tampering(f"a bit of {column}", statement(query, bit, at), at)
        at, bit = anywhere(), 1 << chance.randrange(10, 62)
        change = statement(
            "update ledger set position = position # %s where position = %s", bit, at
        )
        yield Tampering("a bit of the position", change, at)
        at, time = anywhere(), f"{1 << chance.randrange(40)} microseconds"
        change = statement(
            "update ledger set recorded_at = recorded_at + %s::interval where position = %s",
            time,
            at,
        )
        yield Tampering("a bit of recorded_at", change, at)


def swap(first: int, second: int) -> Change:
    async def change(connection: Connection) -> None:
        for old, new in ((first, SIZE * 2), (second, first), (SIZE * 2, second)):
            await connection.execute(
                "update ledger set position = %s where position = %s", [new, old]
            )

    return change


def shift(start: int, by: int) -> Change:
    async def change(connection: Connection) -> None:
        for step in (10**9, by - 10**9):
            await connection.execute(
                "update ledger set position = position + %s where position >= %s",
                [step, start if step > 0 else 10**9],
            )
        await connection.execute(f"update ledger_size set size = size + {by}".encode())

    return change


def repeat(source: int, at: int, *, beside: bool) -> Change:
    """A copy of a row, beside another one or in between."""

    async def change(connection: Connection) -> None:
        await connection.execute("alter table ledger drop constraint ledger_pkey")
        query = f"create temporary table copied as select * from ledger where position = {source}"
        await connection.execute(query.encode())
        if not beside:
            await shift(at, 1)(connection)
        await connection.execute("update copied set position = %s", [at])
        await connection.execute("insert into ledger select * from copied")
        await connection.execute("drop table copied")

    return change


def rows(chance: random.Random) -> Iterator[Tampering]:
    """Rows removed, closed up, swapped and repeated."""
    for _ in range(12):
        at = chance.randrange(SIZE)
        yield Tampering(
            "a removed row", statement("delete from ledger where position = %s", at), at
        )
    for _ in range(8):
        at = chance.randrange(TILED - 1)
        yield Tampering("a row removed, the rest closed up", _closed_up(at), at)
    for _ in range(15):
        first, second = sorted(chance.sample(range(SIZE), 2))
        yield Tampering("swapped rows", swap(first, second), first, exact=first < TILED)
    for _ in range(8):
        source, at = chance.randrange(SIZE), chance.randrange(SIZE - 1)
        yield Tampering("a repeated row", repeat(source, at, beside=False), at)
        yield Tampering("a row twice", repeat(at, at, beside=True), at)


def _closed_up(at: int) -> Change:
    async def change(connection: Connection) -> None:
        await statement("delete from ledger where position = %s", at)(connection)
        await shift(at + 1, -1)(connection)

    return change


def truncate(size: int, *, with_checkpoints: bool) -> Change:
    """The tail cut off, and the tree made to fit."""

    async def change(connection: Connection) -> None:
        await connection.execute("delete from ledger where position >= %s", [size])
        await regrow(connection, size)
        if with_checkpoints:
            await connection.execute("delete from signed_checkpoints where size > %s", [size])

    return change


async def regrow(connection: Connection, size: int) -> None:
    """The tree of what is there now, as the ledger itself would grow it."""
    await connection.execute("delete from tiles")
    cursor = await connection.execute("select body from ledger order by position")
    tree = Frontier()
    hashes = [leaf_hash(row[0]) for row in await cursor.fetchall()]
    await growth.grow(connection, tree, hashes)
    await connection.execute(
        "update ledger_size set size = %s, tree_size = %s, peaks = %s",
        [size, tree.size, tree.to_bytes()],
    )


def fork(at: int, *, owners_too: bool) -> Change:
    """Another event in place of one, everything that we keep ourselves made to fit."""

    async def change(connection: Connection) -> None:
        cursor = await connection.execute(
            "select body, type, event_id from ledger where position = %s", [at]
        )
        row = await cursor.fetchone()
        assert row is not None
        body = orjson.dumps(
            orjson.loads(row[0]) | {"actor": "somebody-else"}, option=orjson.OPT_SORT_KEYS
        )
        await connection.execute("update ledger set body = %s where position = %s", [body, at])
        if owners_too:
            owner = row[1].partition(".")[0]
            query = f"update {owner}.events set body = %s where event_id = %s"
            await connection.execute(query.encode(), [body, row[2]])
        await regrow(connection, SIZE)

    return change


def histories(chance: random.Random) -> Iterator[Tampering]:
    """Tails cut off, and other histories."""
    for _ in range(6):
        size = chance.randrange(1, SIZE)
        change = truncate(size, with_checkpoints=False)
        yield Tampering("a truncated tail", change, size)
        size = chance.randrange(3, SIZE)
        change = truncate(size, with_checkpoints=True)
        yield Tampering("a truncated tail, its checkpoints too", change, size)
        at = chance.randrange(SIZE)
        yield Tampering("another history", fork(at, owners_too=False), at)
        change = fork(at, owners_too=True)
        yield Tampering("another history of the owner too", change, at, exact=False)


def checkpoints(chance: random.Random) -> Iterator[Tampering]:
    """Edited checkpoints and replaced keys."""
    for size in SIZES:
        where = f"size = {size}"
        for _ in range(5):
            change = flip_in_text("signed_checkpoints", "note", where, chance.randrange(10**6))
            yield Tampering("a bit of a checkpoint", change, size, checkpoint=True)
        change = flip_in_column("signed_checkpoints", "root", where, chance.randrange(256))
        yield Tampering("a root beside a checkpoint", change, size, checkpoint=True)
        change = statement("update signed_checkpoints set size = size # 1 where size = %s", size)
        yield Tampering("a size beside a checkpoint", change, size, checkpoint=True)
    change = flip_in_text("log_keys", "verifier", "true", -3)
    yield Tampering("an edited key", change, SIZES[0], checkpoint=True)
    other = note.NoteSigner("blotter/test", bytes(range(32)))
    change = statement("update log_keys set verifier = %s", str(other.verifier))
    yield Tampering("a replaced key", change, SIZES[0], checkpoint=True)
    yield Tampering("a key and all it signed replaced", _signed_anew(other), SIZE, checkpoint=True)


def _signed_anew(signer: note.NoteSigner) -> Change:
    async def change(connection: Connection) -> None:
        await connection.execute("update log_keys set verifier = %s", [str(signer.verifier)])
        cursor = await connection.execute("select number, size, root from signed_checkpoints")
        for number, size, root in await cursor.fetchall():
            text = Checkpoint(signer.name, size, root).signed([signer])
            query = "update signed_checkpoints set note = %s where number = %s"
            await connection.execute(query.encode(), [text, number])

    return change


def trees(chance: random.Random) -> Iterator[Tampering]:
    """Edited and removed parts of the stored tree."""
    for index in range(TILED // 256):
        where = f"level = 0 and index = {index}"
        for _ in range(5):
            bit = chance.randrange(8192 * 8)
            change = flip_in_column("tiles", "hashes", where, bit)
            yield Tampering("a bit of a tile", change, index * 256 + bit // 256)
        change = flip_in_column("tiles", "root", where, chance.randrange(256))
        yield Tampering("the root of a tile", change, index * 256)
        change = statement(f"delete from tiles where {where}")
        yield Tampering("a removed tile", change, index * 256)
    for number, start in enumerate(_peak_starts(SIZE)):
        change = flip_in_column("ledger_size", "peaks", "true", number * 256 + 7)
        yield Tampering("a peak", change, start, exact=False)
    for bit in (3, 6, 9):
        smaller = SIZE ^ (1 << bit)
        change = statement(f"update ledger_size set size = size # {1 << bit}")
        yield Tampering("a bit of the size", change, min(SIZE, smaller))
        change = statement(f"update ledger_size set tree_size = tree_size # {1 << bit}")
        yield Tampering("a bit of the tree's size", change, min(SIZE, smaller))


def _peak_starts(size: int) -> Iterator[int]:
    start = 0
    while start < size:
        yield start
        start += 1 << ((size - start).bit_length() - 1)


def all_tamperings(seed: int) -> list[Tampering]:
    """The suite: the same seed gives the same."""
    chance = random.Random(seed)
    kinds = (flipped_columns, rows, histories, checkpoints, trees)
    return [tampering for kind in kinds for tampering in kind(chance)]
