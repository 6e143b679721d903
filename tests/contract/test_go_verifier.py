"""A program of the Go project's own proof code, and none of ours, verifies an exported ledger."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.ledger.exporting.tile_directory import write_tile_directory
from services.ledger.proofs.signing import Log, sign
from services.runtime.clock import now
from services.runtime.database import connect
from services.runtime.keyring import Keyring
from tests.integration.ledger.ledgers import add

if TYPE_CHECKING:
    from services.runtime.database import Connection

SOURCE = Path(__file__).parent / "go_verifier"
LOG = Log(Keyring(bytes(32)), "blotter/test")
SIZE = 70_000


@pytest.fixture(scope="session")
def a_verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("go") is None:
        if os.environ.get("CI_REQUIRES_GO") == "1":
            pytest.fail("Go is not installed, and CI requires it")
        pytest.skip("Go is not installed: an export is not verified by code that is not ours")
    program = tmp_path_factory.mktemp("go") / "verifier"
    subprocess.run(["go", "build", "-o", program, "."], cwd=SOURCE, check=True)
    return program


async def exported(connection: Connection, directory: Path, size: int) -> str:
    """The ledger's files; gives the log's key."""
    for start in range(0, size, 5000):
        await add(connection, start, min(start + 5000, size))
    await write_tile_directory(connection, directory, await sign(connection, LOG, now()))
    return (directory / "keys").read_text().strip()


def verify(program: Path, directory: Path, key: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, directory, key], capture_output=True, text=True, check=False)


async def test_go_verifies_an_export_and_finds_what_was_altered(
    a_database: str, a_verifier: Path, tmp_path: Path
) -> None:
    async with await connect(a_database, "projections") as connection:
        key = await exported(connection, tmp_path, SIZE)
        again = await write_tile_directory(connection, tmp_path, await sign(connection, LOG, now()))
    assert again == 2  # the keys and the checkpoint; tiles are never written twice
    good = verify(a_verifier, tmp_path, key)
    assert (good.returncode, good.stdout) == (0, f"verified {SIZE} entries of blotter/test\n")
    for altered in ("tile/entries/100", "tile/0/100", "tile/1/001.p/17", "checkpoint"):
        file = tmp_path / altered
        whole = file.read_bytes()
        file.write_bytes(whole[:20] + bytes([whole[20] ^ 1]) + whole[21:])
        assert verify(a_verifier, tmp_path, key).returncode == 1, altered
        file.write_bytes(whole)
