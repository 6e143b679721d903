"""A language that has grown for some years: what `CallerContacted` might have gone through.

v1 said yes or no; v2 said which way; then the word changed (`reporter-contacted.v1`), and its v2
counts attempts. The note was personal from the beginning and stays in its box, under its name.
"""

from __future__ import annotations

from typing import Literal

from events.envelope import Event
from events.personal import Personal
from events.upcasts import Data, Step

BOX = {"subject": "report-1", "sealed": "AAECAwQFBgcICQoLZm9ydW0="}


class ReporterContacted(Event):
    """The newest."""

    channel: Literal["phone", "email", "unknown"]
    outcome: Literal["reached", "not-reached"]
    attempts: int
    note: Personal[str] | None = None


def _say_which_way(data: Data) -> Data:
    kept = {name: value for name, value in data.items() if name != "reached"}
    return kept | {"reached": data["reached"], "by": "unknown"}


def _use_the_field_s_words(data: Data) -> Data:
    kept = {name: value for name, value in data.items() if name not in ("by", "reached")}
    outcome = "reached" if data["reached"] else "not-reached"
    return kept | {"channel": data["by"], "outcome": outcome}


def _count_attempts(data: Data) -> Data:
    return data | {"attempts": 1}


GROWN_STEPS = {
    "casework.caller-contacted.v1": Step("casework.caller-contacted.v2", _say_which_way),
    "casework.caller-contacted.v2": Step("casework.reporter-contacted.v1", _use_the_field_s_words),
    "casework.reporter-contacted.v1": Step("casework.reporter-contacted.v2", _count_attempts),
}
NEWEST: dict[str, type[Event]] = {"casework.reporter-contacted.v2": ReporterContacted}
STORED: dict[str, Data] = {
    "casework.caller-contacted.v1": {"reached": True, "note": BOX},
    "casework.caller-contacted.v2": {"reached": False, "by": "phone", "note": BOX},
    "casework.reporter-contacted.v1": {"channel": "email", "outcome": "reached"},
    "casework.reporter-contacted.v2": {"channel": "phone", "outcome": "reached", "attempts": 3},
}
"""What golden files would hold."""
MEMBERS = {
    "casework.caller-contacted.v1": {"reached"},
    "casework.caller-contacted.v2": {"reached", "by"},
    "casework.reporter-contacted.v1": {"channel", "outcome"},
}
"""What the published schemas of the older versions would require."""
