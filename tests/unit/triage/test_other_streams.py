"""Streams of intake's topic that hold no report: an answer's name is no id."""

from __future__ import annotations

from services.runtime.kafka import Record
from services.triage.handlers import from_preparation


def test_an_answer_is_no_report_and_no_trouble() -> None:
    record = Record("blotter.reports", 0, 0, b"answer-towing", b"{}", (), 1)
    assert from_preparation([record], {}) == []
