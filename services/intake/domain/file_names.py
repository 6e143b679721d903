"""A file name from outside, made safe to use; it stays a personal value. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 80
UNNAMED: Final = "file"
PATH: Final = re.compile(r"[/\\]")
REFUSED: Final = re.compile(r'[<>:"|?*%&;`$\'{}]')
"""Characters with a meaning for a shell, a page or a file system."""
BLANKS: Final = re.compile(r"\s+")


def clean_name(given: str | None, extension: str) -> str:
    """The last part of the name, printable, of limited length, with the extension of its content.

    A given extension is replaced: `photo.jpg.exe` is `photo.jpg.png` when its content is PNG.
    """
    text = unicodedata.normalize("NFC", given or "")
    text = PATH.split(text)[-1]
    # Cc, Cf, Cs and others: line breaks, marks that change the writing direction, surrogates
    text = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    text = BLANKS.sub(" ", REFUSED.sub(" ", text)).strip()
    stem, dot, _ = text.rpartition(".")
    stem = (stem if dot else text)[: LONGEST - len(extension) - 1].strip(" .")
    return f"{stem or UNNAMED}.{extension}"
