"""The name of a file as somebody sent it, made harmless; it is personal all the same. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 80
UNNAMED: Final = "file"
PATH: Final = re.compile(r"[/\\]")
REFUSED: Final = re.compile(r'[<>:"|?*%&;`$\'{}]')
"""What a shell, a page or a file system could take for more than a name."""
BLANKS: Final = re.compile(r"\s+")


def clean_name(given: str | None, extension: str) -> str:
    """The last part of the name, printable, of moderate length, ending as its content demands.

    The ending is that of the content and not the one that came: `photo.jpg.exe` is `photo.jpg.png`
    when it is a picture of that kind.
    """
    text = unicodedata.normalize("NFC", given or "")
    text = PATH.split(text)[-1]
    # Cc, Cf, Cs and the like: line breaks, marks that turn the direction of writing, halves.
    text = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    text = BLANKS.sub(" ", REFUSED.sub(" ", text)).strip()
    stem, dot, _ = text.rpartition(".")
    stem = (stem if dot else text)[: LONGEST - len(extension) - 1].strip(" .")
    return f"{stem or UNNAMED}.{extension}"
