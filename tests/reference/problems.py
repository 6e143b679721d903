"""The refusals that the code can answer with: read from where it makes them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Problem(NamedTuple):
    """One refusal, by the room that makes it."""

    room: str
    name: str
    status: str
    title: str


def problems(services: Path) -> list[Problem]:
    """Every refusal once; one that has several titles has them all."""
    titles: dict[tuple[str, str, str], set[str]] = {}
    for file in services.rglob("*.py"):
        for found in _made_in(file.relative_to(services).parts[0], file.read_bytes()):
            titles.setdefault(found[:3], set()).add(found.title)
    return [Problem(*key, "; ".join(sorted(titles[key] - {""}))) for key in sorted(titles)]


def _made_in(room: str, source: bytes) -> Iterator[Problem]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name("ProblemError"), args=[status, ast.Constant(name), *rest]):
                yield Problem(room, str(name), _status(status), _title(rest))
            case _:
                pass


def _status(node: ast.expr) -> str:
    numbers = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
    return " or ".join(str(number) for number in numbers if isinstance(number, int))


def _title(rest: list[ast.expr]) -> str:
    return str(rest[0].value) if rest and isinstance(rest[0], ast.Constant) else ""
