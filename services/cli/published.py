"""What `blotter publish` says when it is done."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from services.connector.exporting import PublishResult


def show(result: PublishResult, *, as_json: bool) -> None:
    """The result for a person or a script."""
    if as_json:
        print(orjson.dumps(asdict(result)).decode())
        return
    print(
        f"{result.rows} rows, {result.events} events acknowledged,"
        f" {result.distinct_ids} distinct ids, in {result.seconds:.1f} s"
    )
    if result.lines_without_id:
        print(f"not sent, no id, lines: {_few(result.lines_without_id)}")
    if result.unreadable_lines:
        print(f"not sent, unreadable, lines: {_few(result.unreadable_lines)}")
    if result.rejected:
        print(f"rejected: {result.rejected}; ask for the reasons by id")
    if result.unreadable_times:
        print(f"sent without a time that could not be read: {result.unreadable_times}")


def _few(lines: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, lines[:10]))
    return shown if len(lines) <= 10 else f"{shown} and {len(lines) - 10} more"
