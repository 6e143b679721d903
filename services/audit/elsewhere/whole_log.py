"""The whole log of an installation elsewhere: verified, exported, and read tile by tile."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import httpx
import orjson

from services.audit.elsewhere.remote import PLACE, CannotTellError, Remote, words
from services.ledger.verifying.file_source import Files
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.tiles import WIDTH, level_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.proofs.tiles import Tile

SAFE = re.compile(r"([a-z]+/)?[A-Za-z0-9][A-Za-z0-9._-]*")
"""What files of an export may be called: nothing that leads out of the directory."""


class Elsewhere(Remote):
    """`Remote`, for answers that are no JSON document. Use as a context manager."""

    def __enter__(self) -> Elsewhere:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def verdict(
        self,
        number: str | None,
        first: int | None,
        last: int | None,
        progress: Callable[[int, int], None],
    ) -> dict[str, Any]:
        """What the server says of itself, or of one record."""
        given = {"number": number, "from": first, "to": last}
        asked = {name: value for name, value in given.items() if value is not None}
        summary: dict[str, Any] = {}
        with self._client.stream("GET", f"{PLACE}/verify", params=asked) as answer:
            if not answer.is_success:
                answer.read()
                raise CannotTellError(words(answer))
            for line in answer.iter_lines():
                summary = orjson.loads(line)
                if "done" in summary:
                    progress(summary["done"], summary["total"])
        if "exit" not in summary:
            raise CannotTellError("the server broke off")
        return summary | {"told_by": str(self._client.base_url.host)}

    def tiles(self) -> Files:
        """The server's log as tiles, to be verified here."""
        signed = self.fetch("checkpoint").content
        size = Checkpoint.parse(note.split(signed)[0]).size

        def read(path: str) -> bytes | None:
            if path == "checkpoint":
                return signed
            if path == "keys":
                listed = self.get("keys")["keys"]
                return "".join(f"{key['verifier']}\n" for key in listed).encode()
            answer = self._client.get(f"{PLACE}/{path}")
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            if not answer.is_success:
                raise CannotTellError(words(answer))
            return answer.content

        def parts(tile: Tile) -> list[int]:
            full, rest = divmod(level_size(tile.level, size), WIDTH)
            return [rest] if rest and tile.index == full else []

        return Files(read, parts)

    def export(self, numbers: tuple[str, ...], size: int | None) -> dict[str, bytes]:
        """The files of an export, as the server makes it. Verify them before you believe them."""
        asked: dict[str, int | list[str]] = {"number": [*numbers]}
        if size is not None:
            asked["size"] = size
        answer = self.fetch("export", **asked)
        with ZipFile(BytesIO(answer.content)) as archive:
            found = {name: archive.read(name) for name in archive.namelist()}
        if not all(map(SAFE.fullmatch, found)):
            raise CannotTellError("the server sent a file of an odd name")
        return found
