"""Structured logs: JSON unless a person is watching; a correlation id on every line.

No personal data: log ids, counts and rule names, never what somebody wrote.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any, cast

import structlog

from services.runtime.clock import new_id

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from structlog.typing import FilteringBoundLogger, Processor

SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(service: str, level: str = "INFO") -> None:
    """Send this process's logs to its own copy of stderr (Faust redirects the real one)."""
    stream = os.fdopen(os.dup(sys.stderr.fileno()), "w", buffering=1)
    person_watching = sys.stderr.isatty()
    renderer: Processor = (
        structlog.dev.ConsoleRenderer() if person_watching else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*SHARED, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service, correlation_id=str(new_id()))
    handler = logging.StreamHandler(stream)
    handler.addFilter(RepeatFilter())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=SHARED)
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def correlated(correlation_id: str | None = None) -> AbstractContextManager[None]:
    """Every line logged within carries this correlation id, a new one when none is given.

    Outside of any, lines carry the id of the process's run.
    """
    return structlog.contextvars.bound_contextvars(correlation_id=correlation_id or str(new_id()))


def logger(**values: Any) -> FilteringBoundLogger:
    """A logger with `values` on every line."""
    return cast("FilteringBoundLogger", structlog.get_logger(**values))


class RepeatFilter(logging.Filter):
    """Lets the same message of a client library through once in ten seconds.

    During an outage Faust logs about a thousand errors in fifteen seconds (kafka.md).
    """

    def __init__(self) -> None:
        super().__init__()
        self._last_seen: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        key = f"{record.name}{record.getMessage()[:60]}"
        fresh = record.created - self._last_seen.get(key, 0.0) >= 10
        if fresh:
            self._last_seen[key] = record.created
        return fresh
