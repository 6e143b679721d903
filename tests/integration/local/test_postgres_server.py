from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest

from services.local.ports import PortTakenError
from services.local.postgres import PostgresServer
from services.local.server import ServerError

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_row_outlives_a_killed_server_and_wipe_leaves_nothing(directory: Path) -> None:
    server = PostgresServer(directory / "postgres")
    await server.start()
    try:
        address = server.database_url
        await _execute(address, "create table notes as select 'kept' as note")
        await server.kill()
        await server.start()
        assert server.database_url == address
        assert await _execute(address, "select note from notes") == "kept"
        with pytest.raises(ServerError, match="still running"):
            await server.wipe()
        await server.stop()
        await server.wipe()
        assert not server.directory.exists()
    finally:
        await server.stop()


async def test_a_pid_file_naming_another_program_is_dropped(directory: Path) -> None:
    server = PostgresServer(directory / "postgres")
    await server.start()
    try:
        pid_file = directory / "postgres" / "cluster" / "postmaster.pid"
        noted = pid_file.read_text()
        await server.kill()
        pid_file.write_text(noted.replace(noted.split()[0], str(os.getpid()), 1))
        await server.start()
        assert await _execute(server.database_url, "show fsync") == "on"
    finally:
        await server.stop()


async def test_only_the_password_opens_it_and_stop_leaves_no_process(directory: Path) -> None:
    server = PostgresServer(directory / "postgres")
    await server.start()
    try:
        assert server.pid is not None
        processes = [psutil.Process(server.pid), *psutil.Process(server.pid).children()]
        with pytest.raises(psycopg.OperationalError, match="password"):
            await _execute(f"postgresql://blotter:guess@127.0.0.1:{server.port}/blotter", "select")
        with pytest.raises(PortTakenError, match=str(server.port)):
            await PostgresServer(directory / "other", server.port).prepare()
    finally:
        await server.stop()
    assert not [process for process in processes if process.is_running()]


async def _execute(address: str, query: str) -> object:
    connection = await psycopg.AsyncConnection.connect(address)
    async with connection:
        cursor = await connection.execute(query.encode())
        return (await cursor.fetchone() or [None])[0] if cursor.description else None
