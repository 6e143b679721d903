"""An office that answers a byte at a time is away, and holds up nobody."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest

from services.cosigner.own_key import make_key
from services.ledger.cosigning import requesting
from services.ledger.cosigning.configured import OtherOffice
from services.proofs.checkpoint import Checkpoint
from services.proofs.note import NoteSigner
from services.runtime.clock import monotonic_seconds
from services.runtime.stations import SILENT_AFTER_SECONDS
from tests.unit.proofs.test_tree import root_of

if TYPE_CHECKING:
    from pathlib import Path

LOG = NoteSigner("blotter.test/log", bytes(range(32)))


async def test_an_answer_that_never_ends_is_given_up(tmp_path: Path) -> None:
    async def dawdle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n")
        with suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.2)
        writer.transport.abort()
        ended.set()

    ended = asyncio.Event()

    async def no_path(_old: int, _new: int) -> tuple[bytes, ...]:
        return ()

    verifier = make_key(tmp_path / "key", "clerk.test").verifier
    signed = Checkpoint(LOG.name, 3, root_of(3)).signed([LOG])
    server = await asyncio.start_server(dawdle, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    began = monotonic_seconds()
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(requesting.AwayError):
            await requesting.ask(client, OtherOffice(verifier, url), signed, 0, no_path)
    assert monotonic_seconds() - began < requesting.WHOLE_SECONDS + 3
    assert requesting.WHOLE_SECONDS * requesting.TRIES < SILENT_AFTER_SECONDS
    await asyncio.wait_for(ended.wait(), 5)
    server.close()
    await server.wait_closed()
