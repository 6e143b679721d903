"""One cosigner is asked to cosign one checkpoint (C2SP tlog-witness, add-checkpoint)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.encoding import to_number
from services.proofs.tree import ProofError
from services.proofs.witness import SIZE_TYPE, Request, write_request
from services.runtime.log import logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.ledger.cosigning.configured import OtherOffice

    Path = tuple[bytes, ...]

WHOLE_SECONDS = 4.0
"""For one question and its whole answer: one office that dawdles must not hold up the others."""
ANSWER_BYTES = 64 * 1024
TRIES = 3


class AwayError(Exception):
    """Nobody answered, or not as a cosigner does: ask again later."""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The signature line of a cosigner whose key was checked."""

    line: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Declined:
    """It does not cosign, in our words. `size`: the tree it says it has seen, if it says so."""

    reason: str
    size: int | None = None


async def ask(
    client: httpx.AsyncClient,
    office: OtherOffice,
    signed: str,
    seen: int,
    path: Callable[[int, int], Awaitable[Path]],
) -> Cosigned | Declined:
    """Ask for a cosignature of `signed`. `seen`: the size it saw last, as far as we know; when it
    knows better it says so and is asked again. AwayError when it cannot be told."""
    size = Checkpoint.parse(note.split(signed)[0]).size
    for _ in range(TRIES):
        if seen > size:
            return Declined(f"it has cosigned {seen} events, our checkpoint has only {size}", seen)
        between = await path(seen, size) if 0 < seen < size else ()
        status, kind, body = await _post(client, office, Request(seen, between, signed))
        if status == 200:
            return _checked(office, signed, body)
        if status != 409 or kind != SIZE_TYPE:
            return _declined(status, seen, size)
        stated_size = _size(body)
        if stated_size == seen:
            return Declined(f"it has cosigned another history of {seen} events", seen)
        if (
            stated_size < seen
        ):  # its state was set back: what it signed in between it could sign anew
            logger().error(
                "cosigning.forgot", cosigner=office.verifier.name, says=stated_size, seen=seen
            )
        seen = stated_size
    raise AwayError("it says another size each time")


async def _post(
    client: httpx.AsyncClient, office: OtherOffice, request: Request
) -> tuple[int, str, bytes]:
    body = bytearray()
    try:
        async with (
            asyncio.timeout(WHOLE_SECONDS),
            client.stream(
                "POST",
                f"{office.url}/add-checkpoint",
                content=write_request(request).encode(),
                timeout=WHOLE_SECONDS,
            ) as answer,
        ):
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > ANSWER_BYTES:
                    raise AwayError("its answer is too long")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise AwayError(type(error).__name__) from None
    return answer.status_code, answer.headers.get("content-type", ""), bytes(body)


def _checked(office: OtherOffice, signed: str, body: bytes) -> Cosigned | Declined:
    try:
        found = note.verify(signed.encode() + body, [office.verifier])
    except ProofError:
        return Declined("what it answered was not signed with the key that is configured for it")
    ours = (office.verifier.name, office.verifier.key_id)
    line = next(line for line in found.lines if (line.name, line.key_id) == ours)
    return Cosigned(str(line), line.signature)


def _size(body: bytes) -> int:
    try:
        return to_number(body.decode().removesuffix("\n"))
    except (ProofError, UnicodeDecodeError):
        raise AwayError("its answer holds no size") from None


def _declined(status: int, seen: int, size: int) -> Declined:
    match status:
        case 403:
            return Declined("it does not know the key that our log signs with")
        case 404:
            return Declined("it does not cosign our log")
        case 422:
            reason = f"the first {seen} of our {size} events are not those it has cosigned"
            return Declined(reason, seen)
        case _:
            raise AwayError(f"status {status}")
