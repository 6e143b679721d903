"""The last version of every stream, in bounded memory: beyond a limit the rest goes to a file."""

from __future__ import annotations

import sqlite3

LIMIT = 1_000_000


class Heads(dict[int, int]):
    """By the hash of the stream's name; 0 for one that was not met yet."""

    def __init__(self, limit: int = LIMIT) -> None:
        super().__init__()
        self._limit = limit
        self._rest: sqlite3.Connection | None = None

    def __missing__(self, stream: int) -> int:
        if self._rest is None:
            return 0
        row = self._rest.execute("select version from heads where stream = ?", [stream]).fetchone()
        return int(row[0]) if row else 0

    def spill(self) -> None:
        """Make room, if it is needed; between two pieces."""
        if len(self) <= self._limit:
            return
        if self._rest is None:
            # An empty name is a temporary file that SQLite deletes by itself.
            self._rest = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._rest.execute("create table heads (stream integer primary key, version integer)")
        self._rest.execute("begin")
        self._rest.executemany("insert or replace into heads values (?, ?)", sorted(self.items()))
        self._rest.execute("commit")
        self.clear()

    def close(self) -> None:
        """Give the file back."""
        if self._rest is not None:
            self._rest.close()
