"""A form with a file, read whole into memory, so that no plaintext is written to disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from services.intake.api import read_body
from services.intake.following.attaching import MOST_BYTES, Upload, too_large
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator

    from fastapi import Request

AROUND: Final = 64 * 1024
"""Bytes allowed for the other fields and the form's own markup."""
SECONDS: Final = 60
AT_ONCE: Final = 16
"""Concurrent uploads: each is held in memory, for a moment twice."""


class _InMemory(MultiPartParser):
    spool_max_size = MOST_BYTES + AROUND


async def read_upload(
    request: Request, places: asyncio.Semaphore
) -> tuple[dict[str, str], Upload | None, ProblemError | None]:
    """The fields, the file if there is one, and the problem with the request. Never raises."""
    if places.locked():
        return {}, None, ProblemError(503, "no-attachments", "Too many files arrive at once")
    async with places:
        raw, trouble = await read_body(request, MOST_BYTES + AROUND, SECONDS)
        if trouble == "too-large":
            return {}, None, too_large()
        if trouble:
            return {}, None, ProblemError(408, "slow-body", "The file did not arrive whole")
        return await _parsed(request, raw)


async def _parsed(
    request: Request, raw: bytes
) -> tuple[dict[str, str], Upload | None, ProblemError | None]:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield raw

    fields: dict[str, str] = {}
    upload = None
    try:
        parser = _InMemory(request.headers, whole(), max_files=1, max_fields=20)
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError, LookupError):
        return {}, None, ProblemError(400, "slow-body", "The form cannot be read")
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            upload = Upload(value.filename, content) if content or value.filename else None
            await value.close()
        else:
            fields[name] = value
    return fields, upload, None
