"""What a cosigner must never forget: the trees it cosigned, in one SQLite file.

Asking what was seen, deciding and remembering are one transaction that locks the file, so that
neither two requests nor two processes cosign two histories; it is on the disk before any answer.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.proofs.witness import Accepted, Refused, Request, Seen, decide

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from services.proofs.note import NoteVerifier

BUSY_SECONDS = 10.0
TABLES = """
create table owner (verifier text not null);
create table cosigned (
  origin text not null,
  size integer not null,
  root blob not null,
  note text not null,                     -- as the log signed it: evidence, should it sign another
  cosigned_at integer not null,           -- seconds since 1970
  primary key (origin, size)
) without rowid;
create table refused (
  origin text not null,
  note text not null,
  first_bad_size integer not null,
  reason text not null,
  refused_at integer not null,
  primary key (origin, note)
) without rowid;
"""


class StateError(Exception):
    """The state file is missing, another key's, or no state; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """One log as the cosigner knows it. `alarms`: what it signed that does not fit, the newest
    first, as (first bad size, reason, seconds since 1970)."""

    origin: str
    size: int
    cosigned_at: int
    alarms: tuple[tuple[int, str, int], ...]


class Memory:
    """The state of one cosigner. Making one of these checks that the file is that cosigner's."""

    def __init__(self, file: Path, verifier: str) -> None:
        self._file = file
        if not file.exists():
            raise StateError(
                f"{file} is missing: without its memory a cosigner could cosign a second history."
                " Restore it; if it is lost for good, make a new key and give that to the log"
            )
        try:
            with self._open() as state:
                owner = state.execute("select verifier from owner").fetchone()
        except sqlite3.DatabaseError as error:
            raise StateError(f"{file} is no cosigner's state: {error}") from None
        if owner != (verifier,):
            raise StateError(f"{file} is the state of another key")

    @classmethod
    def make(cls, file: Path, verifier: str) -> Memory:
        """An empty memory for a new key; StateError where there is one already."""
        if file.exists():
            raise StateError(f"{file} exists: a cosigner's state is never begun again")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
        with closing(sqlite3.connect(file, isolation_level=None)) as state:
            state.execute("pragma synchronous = extra")
            state.executescript(f"begin; {TABLES} commit;")
            state.execute("insert into owner values (?)", [verifier])
        return cls(file, verifier)

    def answer(
        self, request: Request, logs: Mapping[str, Sequence[NoteVerifier]], moment: datetime
    ) -> Accepted | Refused:
        """Decide, and remember it; what is accepted is on the disk when this returns."""
        with self._transaction() as state:
            decided = decide(request, logs, _Seen(state))
            if isinstance(decided, Accepted):
                _remember(state, decided, request.checkpoint, int(moment.timestamp()))
            elif decided.alarm:
                _accuse(state, decided, request.checkpoint, int(moment.timestamp()))
        return decided

    def logs(self) -> list[Remembered]:
        """Every log that was cosigned or accused."""
        with self._open() as state:
            rows = state.execute(
                "select origin, max(size), cosigned_at from cosigned group by origin order by 1"
            ).fetchall()
            return [
                Remembered(origin, size, seconds, _alarms(state, origin))
                for origin, size, seconds in rows
            ]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._open() as state:
            state.execute("begin immediate")
            try:
                yield state
            except BaseException:
                state.execute("rollback")
                raise
            state.execute("commit")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        # rw: a file that vanished is an error, never a new empty memory.
        address = f"{self._file.absolute().as_uri()}?mode=rw"
        with closing(
            sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        ) as state:
            state.execute("pragma synchronous = extra")
            yield state


class _Seen(dict[str, Seen]):
    """What was last cosigned, read where it is asked for."""

    def __init__(self, state: sqlite3.Connection) -> None:
        super().__init__()
        self._state = state

    def get(self, origin: str, default: Seen) -> Seen:  # type: ignore[override]
        row = self._state.execute(
            "select size, root from cosigned where origin = ? order by size desc limit 1", [origin]
        ).fetchone()
        return Seen(*row) if row else default


def _remember(state: sqlite3.Connection, accepted: Accepted, note: str, seconds: int) -> None:
    seen = accepted.seen
    state.execute(
        "insert into cosigned values (?, ?, ?, ?, ?) on conflict (origin, size)"
        " do update set cosigned_at = excluded.cosigned_at",
        [accepted.origin, seen.size, seen.root, note, seconds],
    )
    # Somebody had shown it with a path that was none.
    state.execute("delete from refused where origin = ? and note = ?", [accepted.origin, note])


def _accuse(state: sqlite3.Connection, refused: Refused, note: str, seconds: int) -> None:
    origin = note.partition("\n")[0]
    row = state.execute("select max(size) from cosigned where origin = ?", [origin]).fetchone()
    state.execute(
        "insert or ignore into refused values (?, ?, ?, ?, ?)",
        [origin, note, row[0], refused.reason, seconds],
    )


def _alarms(state: sqlite3.Connection, origin: str) -> tuple[tuple[int, str, int], ...]:
    rows = state.execute(
        "select first_bad_size, reason, refused_at from refused where origin = ?"
        " order by refused_at desc limit 20",
        [origin],
    )
    return tuple(rows.fetchall())
