"""Values of events in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from events.intake import Contact
from services.console.words import in_words

MOMENT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
REPORT = UUID("5b0c1a52-60a5-5d6c-8a35-0a8f5a0f3c11")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("theft", "theft"),
        (4, "4"),
        (REPORT, str(REPORT)),
        (MOMENT, "2026-03-01T08:00:00.000000Z"),
        (("report-taken", "cleared"), "report-taken, cleared"),
        ({"happening_now": "no", "weapon": "no"}, "happening now: no, weapon: no"),
        (
            [{"of": "type", "rule": "declared"}, {"of": "links"}],
            "of: type, rule: declared; of: links",
        ),
        (Contact(phone="804-555-0142"), "phone: 804-555-0142"),
    ],
)
def test_a_value_is_told_in_words(value: Any, words: str) -> None:
    assert in_words(value) == words
