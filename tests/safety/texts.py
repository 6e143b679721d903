"""The safety texts: our own, by which rules are tuned; the held-out ones, which are only scored."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

AUTHORS = ("a", "b", "c")
"""Who wrote texts without having seen the rules; each file ends with its author."""
EVERYDAY = ("ordinary", "comun")
HERE = Path(__file__).parent
HELD_OUT = {
    "held-out": HERE / "held_out.jsonl.gz",
    "second held-out": HERE / "held_out_second.jsonl.gz",
}
"""Sets that are only scored. The second: what two authors wrote without having seen the rules."""


@dataclass(frozen=True, slots=True)
class SafetyText:
    """A text, whether it tells of an emergency, and the cells in which it is counted."""

    text: str
    emergency: bool
    cells: tuple[str, ...]
    independent: bool = False
    """By an author who had seen neither the rules nor other texts."""
    ordinary: bool = False
    """An everyday report or question that nobody would take for more."""


def own() -> Iterator[SafetyText]:
    """`own/emergencies_en.txt` and its like: a text a line, `#` before the name of a cell."""
    for path in sorted((HERE / "own").glob("*.txt")):
        kind, language, *rest = path.stem.split("_")
        independent = rest in ([author] for author in AUTHORS)
        cell = ""
        for line in filter(None, map(str.strip, path.read_text().splitlines())):
            if line.startswith("#"):
                cell = line.removeprefix("#").strip()
            else:
                emergency = kind == "emergencies"
                ordinary = kind == "ordinary" or cell.startswith(EVERYDAY)
                yield SafetyText(line, emergency, (language, cell), independent, ordinary)


def held_out(name: str) -> Iterator[SafetyText]:
    """The texts that are scored only: by language, channel, kind and frame, or author."""
    for line in gzip.decompress(HELD_OUT[name].read_bytes()).splitlines():
        row = json.loads(line)
        cells = [row["language"], f"channel {row['channel']}", f"kind {row['kind']}"]
        cells += [f"frame {row['frame']}"] if row.get("frame") else []
        cells += [f"author {row['author']} {row['language']}"] if row.get("author") else []
        cells += ["hard" if row.get("hard") else "not hard"]
        yield SafetyText(row["text"], row["emergency"], tuple(cells))


def held_out_digest(name: str) -> str:
    """SHA-256 of the held-out texts as they were written."""
    return sha256(gzip.decompress(HELD_OUT[name].read_bytes())).hexdigest()
