"""An auditor with an address and a token, and no other access: the same verbs, over HTTP."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest
import pytest_asyncio

from services.ledger.exporting.verify import Export
from services.ledger.proofs import keys
from services.ledger.proofs.signing import Log, sign
from services.local.ports import remembered_port
from services.projections.runner import Runner
from services.projections.views.case_status import CASE_STATUS
from services.proofs.receipt import read
from services.runtime.database import connect
from services.runtime.identity import Role, make_token
from services.runtime.keyring import Keyring
from tests.blotter_command import blotter
from tests.integration.ledger.tampering import flip_in_column, triggers_off
from tests.integration.projections.histories import BEGAN, History

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from subprocess import CompletedProcess

MASTER = bytes(32)
LOG = Log(Keyring(MASTER), "blotter/lakeside")
SIZE = 700


@dataclass
class Elsewhere:
    """A server, an auditor's token, and the database behind it."""

    url: str
    token: str
    database_url: str
    key: str

    async def command(self, *arguments: str | Path) -> CompletedProcess[str]:
        environment = os.environ | {"BLOTTER_URL": self.url, "BLOTTER_TOKEN": self.token}
        return await asyncio.to_thread(blotter, "audit", *arguments, environment=environment)


@pytest_asyncio.fixture
async def a_server(a_database: str, project: Path, tmp_path: Path) -> AsyncIterator[Elsewhere]:
    """A signed history of 700 events, and the web application in front of it."""
    async with await connect(a_database, "projections") as connection:
        await History(1).store(connection, SIZE)
        await sign(connection, LOG, BEGAN)
        runner = Runner(CASE_STATUS)
        await runner.prepare(connection)
        while await runner.step(connection):
            pass
        token = await make_token(connection, Role.AUDITOR, "test")
        key = (await keys.listed(connection))[0].verifier
    port = remembered_port(tmp_path / "port")
    environment = os.environ | {
        "BLOTTER_DATABASE_URL": a_database,
        "BLOTTER_KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "BLOTTER_MASTER_KEY": b64encode(MASTER).decode(),
        "BLOTTER_PORT": str(port),
        "BLOTTER_AGENCY": str(project / "deploy" / "agency" / "lakeside"),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.web",
        env=environment,
        cwd=project,
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await _answers(url)
        yield Elsewhere(url, token, a_database, key)
    finally:
        process.terminate()
        await process.wait()


async def _answers(url: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(300):
            try:
                await client.get(f"{url}/health")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return
    pytest.fail("the server does not answer")


async def test_an_auditor_verifies_proves_and_exports_from_elsewhere(
    a_server: Elsewhere, tmp_path: Path
) -> None:
    said = await a_server.command("verify")
    assert (said.returncode, said.stderr) == (0, "")
    assert "told by      127.0.0.1: a server's word" in said.stdout
    key = tmp_path / "log.key"
    key.write_text(a_server.key)
    here = await a_server.command("verify", "--key", key)
    assert (here.returncode, here.stderr) == (0, "")
    assert here.stdout.endswith("sound        as signed by the key you gave\n")
    here = await a_server.command("verify", "--key", key, "--json")
    summary = orjson.loads(here.stdout)
    assert (here.returncode, summary["events"], summary["key_pinned"]) == (0, [SIZE, SIZE], True)
    assert (await a_server.command("checkpoint")).stdout.startswith("blotter/lakeside\n700\n")
    for out in ("one", "two"):
        made = await a_server.command("export", "R26-000001", "--out", tmp_path / out, "--json")
        assert made.returncode == 0, made.stderr
        assert Export(tmp_path / out, a_server.key).verify() == 0
    for path in (tmp_path / "one").rglob("*.*"):
        twin = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert twin.read_bytes() == path.read_bytes()
    async with await connect(a_server.database_url, "access") as connection:
        cursor = await connection.execute("select type, count(*) from events group by 1 order by 1")
        assert await cursor.fetchall() == [
            ("access.export-made.v1", 2),
            ("access.replay-run.v1", 1),
        ]
    first = orjson.loads((tmp_path / "one" / "events.jsonl").read_bytes().split(b"\n")[0])
    assert read((await a_server.command("prove", first["id"])).stdout).index == 0
    proven = await a_server.command("prove", "R26-000001", "--out", tmp_path / "receipts")
    assert (proven.returncode, proven.stderr) == (0, "")
    assert f"as signed at {SIZE} events" in proven.stdout
    receipts = sorted((tmp_path / "receipts").glob("*.tlog-proof"))
    assert len(receipts) == (tmp_path / "one" / "events.jsonl").read_bytes().count(b"\n")
    unknown = await a_server.command("prove", "R00-1")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    offline = await a_server.command("verify", "--offline", tmp_path / "one", "--key", key)
    assert (offline.returncode, offline.stdout[:6]) == (0, "SOUND:")


async def test_what_was_falsified_is_told_from_elsewhere(
    a_server: Elsewhere, tmp_path: Path
) -> None:
    async with await connect(a_server.database_url, "projections") as connection:
        await triggers_off(connection)
        await flip_in_column("ledger", "body", "position = 300", 77)(connection)
    key = tmp_path / "log.key"
    key.write_text(a_server.key)
    for arguments in ((), ("--key", key)):
        found = await a_server.command("verify", "--json", *arguments)
        assert (found.returncode, orjson.loads(found.stdout)["first_bad"]["position"]) == (1, 300)
    alone = await a_server.command("verify", "R26-000001", "--json")
    assert (alone.returncode, orjson.loads(alone.stdout)["record"]) == (0, "R26-000001")
    unknown = await a_server.command("verify", "R00-1")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    part = await a_server.command("verify", "--to", "255", "--json")
    assert (part.returncode, orjson.loads(part.stdout)["events"]) == (0, [256, 256])


async def test_refusals_are_told_in_words(a_server: Elsewhere, tmp_path: Path) -> None:
    unknown = await a_server.command("export", "R00-1", "--out", tmp_path / "x")
    assert unknown.returncode == 2
    assert "R00-1: no report, call or case has this number" in unknown.stderr
    unsigned = await a_server.command(
        "export", "R26-000001", "--size", "5", "--out", tmp_path / "x"
    )
    assert "no checkpoint of 5 events was signed" in unsigned.stderr
    a_server.token = "blotter_wrong"
    refused = await a_server.command("verify")
    assert (refused.returncode, "Sign in first" in refused.stderr) == (2, True)
    backwards = await a_server.command("verify", "--from", "9", "--to", "3")
    assert (backwards.returncode, "--to is not before --from" in backwards.stderr) == (2, True)
