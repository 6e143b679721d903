"""Streams of intake's topic that hold no report: an answer's name is no id."""

from __future__ import annotations

from typing import Any, cast

from services.runtime.kafka import Record
from services.triage.handlers import Triage


def test_an_answer_is_no_report_and_no_trouble() -> None:
    nothing = cast("Any", None)
    triage = Triage(nothing, nothing, nothing, nothing)
    record = Record("blotter.reports", 0, 0, b"answer-towing", b"{}", (), 1)
    assert triage._from_preparation([record]) == []
