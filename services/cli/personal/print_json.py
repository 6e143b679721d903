"""Answers as indented JSON."""

from __future__ import annotations

from typing import Any

import orjson


def print_json(body: Any) -> None:
    """JSON for a script or a file."""
    print(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())
