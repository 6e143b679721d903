"""The audit of an installation elsewhere: `BLOTTER_URL`, with somebody's `BLOTTER_TOKEN`."""

from __future__ import annotations

import os
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import httpx
import orjson

from services.cli.finding import NotFoundError
from services.cli.personal.staff import RefusedByServerError
from services.projections.verifying.files import Files
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.tiles import WIDTH, level_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.proofs.tiles import Tile

TIMEOUT_SECONDS = 60
PREFIX = "/api/v1/audit"
SAFE = re.compile(r"([a-z]+/)?[A-Za-z0-9][A-Za-z0-9._-]*")
"""What files of an export may be called: nothing that leads out of the directory."""


def client() -> httpx.Client | None:
    """A client of the installation that `BLOTTER_URL` names; None when it names none."""
    url = os.environ.get("BLOTTER_URL")
    if not url:
        return None
    token = os.environ.get("BLOTTER_TOKEN")
    if not token:
        raise NotFoundError("set BLOTTER_TOKEN to a token for this BLOTTER_URL")
    headers = {"authorization": f"Bearer {token}"}
    return httpx.Client(base_url=url.rstrip("/") + PREFIX, timeout=TIMEOUT_SECONDS, headers=headers)


def checked(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is one; RefusedByServerError with the server's own words otherwise."""
    if answer.is_success:
        return answer
    try:
        problem = orjson.loads(answer.read())
        words = ": ".join(filter(None, (problem.get("title"), problem.get("detail"))))
    except (ValueError, AttributeError):
        words = f"HTTP {answer.status_code}"
    raise RefusedByServerError(words)


def told_verdict(
    server: httpx.Client, first: int | None, last: int | None, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """What the server says of itself."""
    given = {"from": first, "to": last}
    parameters = {name: value for name, value in given.items() if value is not None}
    summary: dict[str, Any] = {}
    with server.stream("GET", "/verify", params=parameters) as answer:
        for line in checked(answer).iter_lines():
            summary = orjson.loads(line)
            if "done" in summary:
                progress(summary["done"], summary["total"])
    if "exit" not in summary:
        raise RefusedByServerError("the server broke off")
    return summary


def tiles_of(server: httpx.Client) -> Files:
    """The server's log as tiles, to be verified here."""
    signed = checked(server.get("/checkpoint")).content
    size = Checkpoint.parse(note.split(signed)[0]).size

    def read(path: str) -> bytes | None:
        if path == "checkpoint":
            return signed
        if path == "keys":
            listed = checked(server.get("/keys")).json()["keys"]
            return "".join(f"{key['verifier']}\n" for key in listed).encode()
        answer = server.get(f"/{path}")
        return None if answer.status_code == httpx.codes.NOT_FOUND else checked(answer).content

    def parts(tile: Tile) -> list[int]:
        full, rest = divmod(level_size(tile.level, size), WIDTH)
        return [rest] if rest and tile.index == full else []

    return Files(read, parts)


def export_of(server: httpx.Client, numbers: tuple[str, ...], size: int | None) -> dict[str, bytes]:
    """The files of an export, as the server makes it. Verify them before you believe them."""
    given: dict[str, Any] = {"number": list(numbers), **({} if size is None else {"size": size})}
    answer = checked(server.get("/export", params=given))
    with ZipFile(BytesIO(answer.content)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    for name in found:
        if not SAFE.fullmatch(name):
            raise RefusedByServerError("the server sent a file of an odd name")
    return found
