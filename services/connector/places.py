"""On which line of a JSON text each value stands: what no JSON parser tells."""

from __future__ import annotations

from bisect import bisect
from json import JSONDecodeError, JSONDecoder
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str, ...]
DECODER = JSONDecoder()
BLANK = " \t\r\n"
DEEPEST = 200


def places(text: str) -> dict[str, int]:
    """Line of each value by its path, as `0.data.type`; the whole text is the path ``.

    JSONDecodeError where the text is no JSON.
    """
    breaks = [at for at, character in enumerate(text) if character == "\n"]
    found: dict[str, int] = {}
    end = 0
    for path, at, end in _values(text, _skip(text, 0), ()):  # noqa: B007 - the last one is needed
        found.setdefault(".".join(path), bisect(breaks, at) + 1)
    if (rest := _skip(text, end)) != len(text):
        raise JSONDecodeError("Extra data", text, rest)
    return found


def _values(text: str, at: int, path: Path) -> Iterator[tuple[Path, int, int]]:
    """Path, start and end of every value from `at`, inner ones before the one around them."""
    if len(path) > DEEPEST:
        raise JSONDecodeError("Nested too deeply", text, at)
    opening = text[at : at + 1]
    if opening not in ("{", "["):
        yield path, at, DECODER.raw_decode(text, at)[1]
        return
    end = yield from _members(text, at, path, "}" if opening == "{" else "]")
    yield path, at, end


def _members(text: str, at: int, path: Path, closing: str) -> Any:
    start = _skip(text, at + 1)
    if text[start : start + 1] == closing:
        return start + 1
    index = 0
    while True:
        name, start = _name(text, start) if closing == "}" else (str(index), start)
        end = start
        for inner, where, end in _values(text, start, (*path, name)):
            yield inner, where, end
        after = _skip(text, end)
        if text[after : after + 1] == closing:
            return after + 1
        if text[after : after + 1] != ",":
            raise JSONDecodeError("Expecting ',' or the end", text, after)
        start, index = _skip(text, after + 1), index + 1


def _name(text: str, at: int) -> tuple[str, int]:
    if text[at : at + 1] != '"':
        raise JSONDecodeError("Expecting a name in double quotes", text, at)
    name, end = DECODER.raw_decode(text, at)
    colon = _skip(text, end)
    if text[colon : colon + 1] != ":":
        raise JSONDecodeError("Expecting ':'", text, colon)
    return name, _skip(text, colon + 1)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in BLANK:
        at += 1
    return at
