"""Keys of data subjects on a real Postgres: made, destroyed, rotated, back from a backup."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from cryptography.exceptions import InvalidTag

from services.runtime.database import connect
from services.runtime.destruction import destroy, replay
from services.runtime.epochs import EpochGoneError, Epochs
from services.runtime.keyring import DestroyedError, Keyring, fingerprint
from services.runtime.register import Destruction, Register
from services.runtime.rotation import begin_first_epoch, destroy_due, rotate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.runtime.database import Connection

MASTER = bytes(range(32))
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


@pytest_asyncio.fixture
async def runtime(a_database: str) -> AsyncIterator[Connection]:
    async with await connect(a_database, "runtime") as connection:
        yield connection


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(MASTER, Epochs(tmp_path / "epochs", MASTER))


async def wrapped(connection: Connection, subject: str) -> tuple[bytes, int]:
    cursor = await connection.execute(
        "select wrapped, epoch from subject_keys where subject = %s", [subject]
    )
    row = await cursor.fetchone()
    assert row is not None
    return bytes(row[0]), row[1]


async def test_an_erased_subject_gets_no_new_key(runtime: Connection, keyring: Keyring) -> None:
    await keyring.find_or_make(runtime, ["person-1", "person-2"])
    assert await destroy(runtime, [("person-1", NOW)]) == ["person-1"]
    assert await destroy(runtime, [("person-1", NOW)]) == []
    assert set(await keyring.find(runtime, ["person-1", "person-2"])) == {"person-2"}
    assert await keyring.hidden(runtime, ["person-1", "person-2"]) == {"person-1": "erased"}
    with pytest.raises(DestroyedError):
        await keyring.find_or_make(runtime, ["person-2", "person-1"])


async def test_a_sealed_subject_is_hidden_and_can_be_written_to(
    runtime: Connection, keyring: Keyring
) -> None:
    made = await keyring.find_or_make(runtime, ["report-1"])
    await runtime.execute("update subject_keys set sealed = true")
    assert await keyring.find(runtime, ["report-1"]) == {}
    assert await keyring.hidden(runtime, ["report-1"]) == {"report-1": "sealed"}
    assert await keyring.find_or_make(runtime, ["report-1"]) == made


async def test_after_a_rotation_the_old_copies_are_worthless(
    runtime: Connection, keyring: Keyring
) -> None:
    await begin_first_epoch(runtime, keyring, NOW)
    keys = await keyring.find_or_make(runtime, ["person-1", "person-2"])
    old_copies = [await wrapped(runtime, subject) for subject in keys]
    await destroy(runtime, [("person-1", NOW)])
    assert await rotate(runtime, keyring, NOW, LATER) == 2
    assert await keyring.find(runtime, list(keys)) == {"person-2": keys["person-2"]}
    assert await destroy_due(runtime, keyring, NOW) == []
    assert await destroy_due(runtime, keyring, LATER) == [1]
    elsewhere = Keyring(MASTER, keyring.epochs)
    for subject, (copy, epoch) in zip(keys, old_copies, strict=True):
        with pytest.raises(EpochGoneError):
            elsewhere.unwrap(copy, subject, epoch)
        for kept in keyring.epochs.kept():
            with pytest.raises(InvalidTag):
                elsewhere.unwrap(copy, subject, kept)
    assert await elsewhere.find(runtime, list(keys)) == {"person-2": keys["person-2"]}


async def test_keys_from_before_epochs_are_taken_along(
    runtime: Connection, keyring: Keyring
) -> None:
    before = await Keyring(MASTER).find_or_make(runtime, ["person-1"])
    await begin_first_epoch(runtime, keyring, NOW)
    await begin_first_epoch(runtime, keyring, NOW)
    assert (await wrapped(runtime, "person-1"))[1] == keyring.epochs.newest() == 1
    assert await keyring.find(runtime, ["person-1"]) == before


async def test_keys_made_while_an_epoch_ends_are_in_the_new_one(
    runtime: Connection, keyring: Keyring, a_database: str
) -> None:
    await begin_first_epoch(runtime, keyring, NOW)
    writer = Keyring(MASTER, keyring.epochs)
    async with await connect(a_database, "runtime") as other:
        async with other.transaction():
            early = await writer.find_or_make(other, ["person-early"])
            turning = asyncio.create_task(rotate(runtime, keyring, NOW, NOW))
            await asyncio.sleep(0.3)
            assert not turning.done()
        await turning
        late = await writer.find_or_make(other, ["person-late"])
        assert {(await wrapped(other, f"person-{each}"))[1] for each in ("early", "late")} == {2}
        assert await writer.find(other, ["person-early", "person-late"]) == early | late


async def test_a_restored_backup_does_not_bring_a_person_back(
    runtime: Connection, keyring: Keyring, tmp_path: Path
) -> None:
    keys = await keyring.find_or_make(runtime, ["person-1", "person-2"])
    await runtime.execute("create table backup as select * from subject_keys")
    register = Register(tmp_path / "destroyed.jsonl")
    mark = fingerprint(keys["person-1"])
    register.add([Destruction("person-1", mark, NOW.isoformat(), "request")])
    register.add([Destruction("person-unknown", mark, NOW.isoformat(), "request")])
    assert await replay(runtime, register) == ["person-1"]
    await runtime.execute("delete from subject_keys")
    await runtime.execute("insert into subject_keys select * from backup")
    assert set(await keyring.find(runtime, list(keys))) == set(keys)
    assert await replay(runtime, register) == ["person-1"]
    assert set(await keyring.find(runtime, list(keys))) == {"person-2"}
    assert await replay(runtime, register) == []
    assert (await keyring.hidden(runtime, ["person-unknown"])) == {"person-unknown": "erased"}
