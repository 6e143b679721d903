"""The line of a key in a file, for error messages.

The parsers of TOML and JSON give values without positions, so the text is scanned again when there
is a problem to report. The text must already have passed the real parser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Place = tuple[str, ...]
KEY = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
KEYS = rf"{KEY}(?:\s*\.\s*{KEY})*"
HEADER: Final = re.compile(rf"[ \t]*(\[\[?)\s*({KEYS})\s*\]\]?")
ASSIGNMENT: Final = re.compile(rf"[ \t]*({KEYS})\s*=")
VALUE: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*'
    r"|[\[\]{},\n]|[^\[\]{},\n\"'#]+",
    re.S,
)
JSON: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')
LINE_NAMED_BY_THE_PARSER: Final = re.compile(r"\bline (\d+)")


def line_in(file: str, text: str, place: Sequence[str], message: str = "") -> int:
    """The line of a place in a TOML or JSON file, or of its closest ancestor; from 1."""
    if line := LINE_NAMED_BY_THE_PARSER.search(message):
        return int(line[1])
    found = toml_lines(text) if file.endswith(".toml") else json_lines(text)
    return closest(dict(reversed(list(found))), tuple(place))


def closest(lines: Mapping[Place, int], place: Place) -> int:
    """The line of the longest known prefix of `place`; 1 when there is none."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def toml_lines(text: str) -> Iterator[tuple[Place, int]]:
    """Each table, key and element of an array with its line; places may repeat."""
    table: Place = ()
    counts: dict[Place, int] = {}
    at = 0
    while at < len(text):
        line = text.count("\n", 0, at) + 1
        if header := HEADER.match(text, at):
            table = _names(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, str(counts[table]))
            yield table, line
            at = header.end()
        elif assigned := ASSIGNMENT.match(text, at):
            place = (*table, *_names(assigned[1]))
            yield place, line
            elements, at = _value(text, assigned.end(), place)
            yield from elements
        at = _next_line(text, at)


def _names(dotted: str) -> Place:
    return tuple(name.strip("\"'") for name in re.findall(KEY, dotted))


def _next_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _value(text: str, at: int, place: Place) -> tuple[list[tuple[Place, int]], int]:
    """The elements of an array with their lines, and where the value ends."""
    elements: list[tuple[Place, int]] = []
    depth = index = 0
    for token in VALUE.finditer(text, at):
        word = token.group()
        if word in "[{":
            depth += 1
        elif word in "]}":
            depth -= 1
        elif word == "\n" and depth == 0:
            return elements, token.start()
        elif word == "," and depth == 1:
            index += 1
        elif depth == 1 and word.strip() and not word.startswith("#"):
            elements.append(((*place, str(index)), text.count("\n", 0, token.start()) + 1))
    return elements, len(text)


def json_lines(text: str) -> Iterator[tuple[Place, int]]:
    """Each member and element of a JSON document with its line; places may repeat."""
    stack: list[list[str | int]] = []  # the current key or index of each open object or array
    kinds: list[str] = []
    key = ""
    for token in JSON.finditer(text):
        word, line = token.group(), text.count("\n", 0, token.start()) + 1
        if word in "{[":
            yield tuple(str(part[0]) for part in stack), line
            stack.append(["" if word == "{" else 0])
            kinds.append(word)
        elif word in "}]":
            stack.pop()
            kinds.pop()
        elif word == ":":
            stack[-1][0] = key
            yield tuple(str(part[0]) for part in stack), line
        elif word == "," and kinds[-1] == "[":
            stack[-1][0] = int(stack[-1][0]) + 1
        elif word != ",":
            key = word.strip('"')
