"""`blotter publish FILE`: sends an export of calls for service as a partner's events."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from pathlib import Path

import orjson

from events.topics import Topics
from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.connector import exporting
from services.connector.exporting import PublishResult
from services.connector.inlet import inlet
from services.connector.mapping import load_mapping


def publish(
    file: Path,
    *,
    mapping: Path,
    live: bool = False,
    rate: float | None = None,
    limit: int | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Publish an export of calls for service on its partner's inbound topic; repeats are harmless.

    With URL and TOKEN-FILE over HTTP instead, from anywhere. Exit 1 when some rows could not be
    sent (without an id, or unreadable) or were rejected.
    """
    over = inlet(url, token_file)
    settings = None if over else find_settings(data)
    result = asyncio.run(
        exporting.publish(
            file,
            load_mapping(mapping),
            bootstrap=settings.kafka_bootstrap if settings else "",
            topics=Topics(settings.topic_prefix if settings else "blotter"),
            over=over,
            live=live,
            rate=rate,
            limit=limit,
            progress=sys.stderr.isatty(),
        )
    )
    _print(result, as_json=json)
    return 1 if result.lines_without_id or result.unreadable_lines or result.rejected else 0


def _print(result: PublishResult, *, as_json: bool) -> None:
    if as_json:
        print(orjson.dumps(asdict(result)).decode())
        return
    print(
        f"{result.rows} rows, {result.events} events acknowledged,"
        f" {result.distinct_ids} distinct ids, in {result.seconds:.1f} s"
    )
    if result.lines_without_id:
        print(f"not sent, no id, lines: {_first_ten(result.lines_without_id)}")
    if result.unreadable_lines:
        print(f"not sent, unreadable, lines: {_first_ten(result.unreadable_lines)}")
    if result.rejected:
        print(f"rejected: {result.rejected}; ask for the reasons by id")
    if result.unreadable_times:
        print(f"sent without a time that could not be read: {result.unreadable_times}")


def _first_ten(lines: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, lines[:10]))
    return shown if len(lines) <= 10 else f"{shown} and {len(lines) - 10} more"
