"""Sending an export to the partner inlet over HTTP, in place of Kafka: batches until a receipt."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from services.intake.inlet.receipts import EVENTS
from services.intake.inlet.requests import BATCH_TYPE, MOST_BYTES, MOST_EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from services.runtime.kafka import Outgoing

TRIES = 8
LONGEST_PAUSE_SECONDS = 30.0
TRY_AGAIN = (408, 429, 500, 502, 503, 504)


class InletError(Exception):
    """The inlet refuses, or cannot be reached; what was sent before is safe."""


@dataclass(slots=True)
class HttpInlet:
    """A sender with the producer's two methods. Counts what was rejected and what cannot wait."""

    url: str
    token: str
    rejected: dict[str, str] = field(default_factory=dict)
    diverted: list[str] = field(default_factory=list)

    async def send_all(self, outgoing: Sequence[Outgoing]) -> None:
        """Send until everything has a receipt; InletError when it gets none."""
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as client:
            for batch in _chunks([each.value for each in outgoing]):
                self._read(await self._receipt(client, batch))

    async def close(self) -> None:
        """Nothing is held between batches."""

    def _read(self, receipt: httpx.Response) -> None:
        for outcome in receipt.json()["events"]:
            if outcome["status"] == "rejected":
                self.rejected[outcome.get("id", "")] = outcome["reason"]
            if outcome["emergency"]["outcome"] == "divert" and outcome.get("purpose") == "live":
                self.diverted.append(outcome["id"])

    async def _receipt(self, client: httpx.AsyncClient, batch: bytes) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", "content-type": BATCH_TYPE}
        reason = ""
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, 2.0**attempt / 4))
            try:
                answer = await client.post(EVENTS, content=batch, headers=headers)
            except httpx.TransportError as error:
                reason = type(error).__name__
                continue
            if answer.status_code == 202:
                return answer
            reason = f"{answer.status_code} {_title(answer)}"
            if answer.status_code not in TRY_AGAIN:
                break
        raise InletError(f"{self.url}: {reason}")


def inlet(url: str | None, token_file: Path | None) -> HttpInlet | None:
    """The inlet at `url`, with the token from a file: an argument would be seen by others."""
    if url is None and token_file is None:
        return None
    if url is None or token_file is None:
        raise InletError("--url and --token-file belong together")
    try:
        token = token_file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise InletError(f"{token_file}: cannot be read") from None
    return HttpInlet(url, token)


def _title(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return ""
    return str(body.get("title", "")) if isinstance(body, dict) else ""


def _chunks(events: Sequence[bytes]) -> Iterator[bytes]:
    """JSON arrays that are within the inlet's limits."""
    chunk: list[bytes] = []
    size = 2
    for event in events:
        if chunk and (len(chunk) == MOST_EVENTS or size + len(event) + 1 > MOST_BYTES):
            yield b"[" + b",".join(chunk) + b"]"
            chunk, size = [], 2
        chunk.append(event)
        size += len(event) + 1
    if chunk:
        yield b"[" + b",".join(chunk) + b"]"
