"""A new epoch: living keys are wrapped anew, and the old epoch's key is destroyed in its time.

Destroying it is what makes erasures final: every older copy of a wrapped key, in dead rows, in the
write-ahead log and in backups, becomes worthless at once. A backup needs the epochs of its day, so
an epoch's key goes only when the last backup that needs it has gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.runtime.epochs import EpochGoneError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

LOCK = 0x65706F63
"""Advisory lock that keeps two rotations apart."""
BATCH = 5000


async def begin_first_epoch(connection: Connection, keyring: Keyring, now: datetime) -> None:
    """Create the first epoch, once, if a directory for keys is set; else the master key wraps."""
    if keyring.epochs.lasting and keyring.epochs.newest() == 0:
        await rotate(connection, keyring, now, now)


async def rotate(
    connection: Connection,
    keyring: Keyring,
    now: datetime,
    destroy_after: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Begin a new epoch and wrap every living key in it; gives its number.

    The keys of earlier epochs are to be destroyed after `destroy_after`. Killed at any moment, it
    is finished by running it again; both epochs are readable meanwhile.
    """
    await connection.execute("select pg_advisory_lock(%s)", [LOCK])
    try:
        epoch = keyring.epochs.newest() + 1
        keyring.epochs.make(epoch)
        async with connection.transaction():
            # Waits for those who are making keys, so that none is made in the old epoch afterwards.
            await connection.execute("lock table subject_keys in share row exclusive mode")
            await connection.execute(
                "insert into key_epochs (epoch, made_at) values (%s, %s)", [epoch, now]
            )
            await connection.execute(
                "update key_epochs set retired_at = %s, destroy_after = %s"
                " where epoch < %s and retired_at is null",
                [now, destroy_after, epoch],
            )
        await _rewrap(connection, keyring, epoch, progress)
    finally:
        await connection.execute("select pg_advisory_unlock(%s)", [LOCK])
    return epoch


async def _rewrap(
    connection: Connection, keyring: Keyring, epoch: int, progress: Callable[[int], None]
) -> None:
    last: str | None = ""
    while last is not None:
        async with connection.transaction():
            last = await _rewrap_batch(connection, keyring, epoch, last, progress)


async def _rewrap_batch(
    connection: Connection,
    keyring: Keyring,
    epoch: int,
    after: str,
    progress: Callable[[int], None],
) -> str | None:
    cursor = await connection.execute(
        "select subject, wrapped, epoch from subject_keys where subject > %s and epoch <> %s"
        " and wrapped is not null order by subject limit %s for update",
        [after, epoch, BATCH],
    )
    rows = await cursor.fetchall()
    anew: dict[str, bytes] = {}
    for subject, wrapped, old in rows:
        try:
            key = keyring.unwrap(bytes(wrapped), subject, old)
        except EpochGoneError:  # from a backup that was too old
            continue
        anew[subject] = keyring.wrap(key, subject, epoch)
    if anew:
        await connection.execute(
            "update subject_keys k set wrapped = n.wrapped, epoch = %s"
            " from unnest(%s::text[], %s::bytea[]) as n (subject, wrapped)"
            " where k.subject = n.subject",
            [epoch, list(anew), list(anew.values())],
        )
    progress(len(rows))
    return rows[-1][0] if rows else None


async def destroy_due(connection: Connection, keyring: Keyring, now: datetime) -> list[int]:
    """Destroy the keys of epochs whose time has come and that wrap nothing any more."""
    cursor = await connection.execute(
        "select epoch from key_epochs e where epoch > 0 and destroyed_at is null"
        " and destroy_after <= %s and not exists (select from subject_keys k"
        " where k.epoch = e.epoch and k.wrapped is not null) order by epoch",
        [now],
    )
    due = [row[0] for row in await cursor.fetchall()]
    for epoch in due:
        keyring.epochs.destroy(epoch)
        await connection.execute(
            "update key_epochs set destroyed_at = %s where epoch = %s", [now, epoch]
        )
    return due
