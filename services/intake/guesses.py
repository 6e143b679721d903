"""Counting wrong guesses in Postgres, so that a restart does not reset the counts.

A place is anything that is guessed at, such as one report number. The statements are the same
whether it exists and whether the guess is right, so that timing reveals neither.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

PURPOSE = "places guessed at"
FORGOTTEN_AFTER = timedelta(days=2)
SWEPT_AT_ONCE = 20
# The row stays locked until commit, so that tries at one place are counted one by one.
ENTER_SQL = """
insert into guesses as g (place, since, touched_at) values (%(place)s, %(now)s, %(now)s)
on conflict (place) do update
set touched_at = excluded.touched_at,
    wrong = case when g.since < %(window)s then 0 else g.wrong end,
    since = case when g.since < %(window)s then excluded.since else g.since end
returning locked_until is not null and locked_until > %(now)s
"""
LEAVE_SQL = """
update guesses set
  wrong = case when %(locked)s then wrong when %(right)s and %(forgives)s then 0
               when %(right)s then wrong when wrong + 1 >= %(most)s then 0 else wrong + 1 end,
  locked_until = case when not %(locked)s and not %(right)s and wrong + 1 >= %(most)s
                      then %(until)s else locked_until end
where place = %(place)s
"""
SWEEP_SQL = """
delete from guesses where place in (
  select place from guesses where touched_at < %s order by touched_at limit %s
  for update skip locked)
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many wrong guesses at one place within a window lock it, and for how long."""

    most: int
    window: timedelta
    locked_for: timedelta
    forgives: bool = True
    """Whether a right guess resets the count."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try at a place, between `enter` and `leave`."""

    place: bytes
    limit: Limit
    locked: bool


async def enter(
    connection: Connection, keyring: Keyring, place: str, limit: Limit, moment: datetime
) -> Try:
    """Begin a try; other tries at the same place wait until the caller's transaction ends."""
    key = keyring.derived(keyring.epochs.newest(), PURPOSE)
    hashed = hmac.digest(key, place.encode("utf-8", "replace"), "sha256")[:16]
    cursor = await connection.execute(
        ENTER_SQL, {"place": hashed, "now": moment, "window": moment - limit.window}
    )
    row = await cursor.fetchone()
    return Try(hashed, limit, bool(row and row[0]))


async def leave(connection: Connection, entered: Try, moment: datetime, *, right: bool) -> None:
    """Count the try. A try at a locked place is not counted and always fails."""
    limit = entered.limit
    await connection.execute(
        LEAVE_SQL,
        {
            "place": entered.place,
            "locked": entered.locked,
            "right": right,
            "most": limit.most,
            "forgives": limit.forgives,
            "until": moment + limit.locked_for,
        },
    )
    await connection.execute(SWEEP_SQL, [moment - FORGOTTEN_AFTER, SWEPT_AT_ONCE])
