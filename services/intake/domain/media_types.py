"""The media type of a file by its first bytes; its name and declared type are ignored. Pure.

Accepts only types made by cameras, telephones and scanners. Types that a browser would run (HTML,
SVG, scripts) are not among them, and no file is served under the type found here.
"""

from __future__ import annotations

from typing import Final

EXTENSIONS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "application/pdf": "pdf",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/3gpp": "3gp",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
}
"""Every accepted media type with its file extension."""
BEGINNINGS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
)
RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
BRANDS: Final = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"heim": "image/heic",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"isom": "video/mp4",
    b"iso2": "video/mp4",
    b"iso4": "video/mp4",
    b"iso5": "video/mp4",
    b"iso6": "video/mp4",
    b"mp41": "video/mp4",
    b"mp42": "video/mp4",
    b"avc1": "video/mp4",
    b"M4V ": "video/mp4",
    b"3gp4": "video/3gpp",
    b"3gp5": "video/3gpp",
    b"3gp6": "video/3gpp",
}
"""The major brand of an ISO base media file (ISO/IEC 14496-12)."""
SHORTEST: Final = 12


def media_type(content: bytes) -> str | None:
    """The media type; None for one that is not accepted."""
    if len(content) < SHORTEST:
        return None
    for beginning, found in BEGINNINGS:
        if content.startswith(beginning):
            return found
    if content[:4] == b"RIFF":
        return RIFF.get(content[8:12])
    return BRANDS.get(content[8:12]) if content[4:8] == b"ftyp" else None
