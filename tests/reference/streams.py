"""Whether a stream, whose answer has no end, sends anything to whoever asks for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from starlette.types import ASGIApp

Message = dict[str, Any]


async def is_sent(app: ASGIApp, path: str, token: str) -> bool:
    """Ask with this token; leave at the first byte, or when the answer ends without one."""
    sent = asyncio.Event()

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message.get("body"):
            sent.set()

    scope = _scope(path, {b"authorization": f"Bearer {token}".encode()})
    answering = asyncio.ensure_future(app(scope, receive, send))
    first = asyncio.ensure_future(sent.wait())
    await asyncio.wait({answering, first}, return_when=asyncio.FIRST_COMPLETED)
    for each in (answering, first):
        each.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await each
    return sent.is_set()


def _scope(path: str, headers: dict[bytes, bytes]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(headers.items()),
        "client": ("127.0.0.1", 1),
        "server": ("reference", 80),
    }
