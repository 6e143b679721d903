"""Reading records: CSV or JSON lines, compressed or not, as rows of texts."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LONGEST_FIELD = 16 * 1024 * 1024
JSON_ENDINGS = (".jsonl", ".ndjson", ".json")


class TableError(Exception):
    """The file cannot be used; the message says which file and where."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts with their labels, in the order of the file, and the number of unlabelled rows."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    without_label: int = 0

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, first: int, after: int) -> Labelled:
        """The rows from `first` up to but not including `after`."""
        return Labelled(self.texts[first:after], self.labels[first:after])

    def keeping(self, labels: frozenset[str]) -> Labelled:
        """Only the rows with one of these labels."""
        kept = [(t, one) for t, one in zip(self.texts, self.labels, strict=True) if one in labels]
        return Labelled(
            tuple(text for text, _ in kept), tuple(one for _, one in kept), self.without_label
        )


def read_labelled(file: Path, texts: Sequence[str], label: str) -> Labelled:
    """The labelled rows of a file; several text fields are joined. TableError when it has none."""
    rows, fields = list(read_rows(file)), {label, *texts}
    missing = sorted(fields - {name for row in rows for name in row})
    if missing:
        raise TableError(f"{file}: no field {', '.join(missing)}")
    pairs = [
        (" ".join(filter(None, (row.get(name, "") for name in texts))), row.get(label, ""))
        for row in rows
    ]
    found = [(text, name.strip()) for text, name in pairs if name.strip()]
    if not found:
        raise TableError(f"{file}: no row has a {label}")
    return Labelled(
        tuple(text for text, _ in found), tuple(name for _, name in found), len(pairs) - len(found)
    )


def read_rows(file: Path) -> Iterator[dict[str, str]]:
    """Each row with its fields as texts. TableError for a file or a line that cannot be read."""
    try:
        raw = file.read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError) as error:
        raise TableError(f"{file}: {error}") from None
    text = raw.decode("utf-8-sig", errors="replace")
    if file.name.removesuffix(".gz").endswith(JSON_ENDINGS):
        yield from _json_rows(file, text)
        return
    csv.field_size_limit(LONGEST_FIELD)
    try:
        for row in csv.DictReader(io.StringIO(text, newline=""), restkey="", restval=""):
            yield {name: value for name, value in row.items() if isinstance(value, str)}
    except csv.Error as error:
        raise TableError(f"{file}: {error}") from None


def _json_rows(file: Path, text: str) -> Iterator[dict[str, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise TableError(f"{file}, line {number}: {error}") from None
        if not isinstance(row, dict):
            raise TableError(f"{file}, line {number}: not an object")
        yield {name: _as_text(value) for name, value in row.items()}


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
