"""Where a watcher asks: a log over HTTP with a token, or the local installation's database."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from services.ledger.proofs import paths, signing
from services.projections import health
from services.proofs.encoding import to_hash
from services.proofs.tree import ProofError
from services.runtime.clock import now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runtime.database import Connection

TIMEOUT_SECONDS = 20.0


class NoAnswerError(Exception):
    """The log did not answer, or refused; whether history was rewritten cannot be told."""


class RefusesToSignError(Exception):
    """The log answers 409: it refuses to sign, since its ledger is not the one it signed."""


class LogSource(Protocol):
    """What a watcher asks of a log."""

    async def checkpoint(self) -> str:
        """The newest signed checkpoint; NoAnswerError without one."""
        ...

    async def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """The path from one size to another; NoAnswerError without one."""
        ...

    async def behind(self) -> int:
        """How many events it says it has that are not in the ledger yet."""
        ...


@dataclass(frozen=True, slots=True)
class _Remote:
    client: httpx.AsyncClient

    async def checkpoint(self) -> str:
        return (await self._get("/api/v1/audit/checkpoint")).text

    async def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        answer = await self._get(
            "/api/v1/audit/proof/consistency", {"from": old_size, "to": new_size}
        )
        try:
            return tuple(map(to_hash, answer.json()["path"]))
        except (ValueError, KeyError, TypeError, AttributeError, ProofError):
            raise NoAnswerError("the log's proof cannot be read") from None

    async def behind(self) -> int:
        try:
            return _behind((await self._get("/api/v1/status")).json())
        except (ValueError, KeyError, TypeError):
            raise NoAnswerError("the log's status cannot be read") from None

    async def _get(self, path: str, query: dict[str, int] | None = None) -> httpx.Response:
        try:
            answer = await self.client.get(path, params=query)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswerError(f"the log does not answer: {type(error).__name__}") from None
        if answer.status_code == 409:
            raise RefusesToSignError("the log itself says that its ledger is not the one it signed")
        if answer.status_code != 200:
            raise NoAnswerError(f"the log answers {answer.status_code} to {path}")
        return answer


@dataclass(frozen=True, slots=True)
class _Local:
    connection: Connection
    log: signing.Log

    async def checkpoint(self) -> str:
        try:
            return await signing.sign(self.connection, self.log, now())
        except signing.RewrittenError as error:
            raise RefusesToSignError(f"the log signs nothing: {error}") from None

    async def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        try:
            return await paths.consistency(self.connection, old_size, new_size)
        except ProofError as error:
            raise NoAnswerError(str(error)) from None

    async def behind(self) -> int:
        return _behind(await health.report(self.connection))


def _behind(status: dict[str, Any]) -> int:
    return sum(int(s["lag_events"]) for s in status["stations"] if s["name"] == "ledger")


@asynccontextmanager
async def remote_source(address: str, token: str) -> AsyncIterator[LogSource]:
    """The log of the installation at this address, asked with a token."""
    async with httpx.AsyncClient(
        base_url=address,
        headers={"authorization": f"Bearer {token}"},
        timeout=TIMEOUT_SECONDS,
    ) as client:
        yield _Remote(client)


def local_source(connection: Connection, log: signing.Log) -> LogSource:
    """The log in this database."""
    return _Local(connection, log)
