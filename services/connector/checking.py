"""`blotter partner check`: would these events be accepted? Offline, by the reader intake uses.

A file holds one structured event, a batch, or an event a line (JSON Lines). An error means that the
event would be rejected; a warning that a fact would be kept as given and not used.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

import orjson

from events.partner_http import EVENT_JSON
from services.connector.places import places
from services.intake.domain.inbound import (
    INCIDENT_REPORTED,
    PartnerReport,
    RefusedError,
    read_partner_event,
    source_of,
)
from services.intake.partners.facts import assessment_of, purpose_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from services.agency.profile import AgencyProfile
    from services.intake.domain.referral_answer import AnsweredReferral

HEADERS = (("content-type", EVENT_JSON.encode()),)
SOURCE = re.compile(r"^/partners/([a-z0-9][a-z0-9-]{0,62})(/|$)")
ATTRIBUTES = ("specversion", "id", "source", "type", "time", "purpose", "dataschema")
LINES = (".jsonl", ".ndjson")


class UncheckableError(Exception):
    """The file cannot be read at all."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one field on one line."""

    line: int
    level: str
    field: str
    message: str


@dataclass(slots=True)
class Checked:
    """What was found in a file."""

    events: int = 0
    findings: list[Finding] = field(default_factory=list)
    emergencies: Counter[str] = field(default_factory=Counter)

    def add(self, line: int, level: str, name: str, message: str) -> None:
        """A further finding."""
        self.findings.append(Finding(line, level, name, message))

    def count(self, level: str) -> int:
        """How many findings of a level there are."""
        return sum(each.level == level for each in self.findings)


@dataclass(slots=True)
class Checker:
    """Checks events one after the other; ids must be an event's own within the file."""

    profile: AgencyProfile
    now: datetime
    partner: str | None = None
    checked: Checked = field(default_factory=Checked)
    seen: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)

    def check(self, event: Any, lines: Mapping[str, int], prefix: str = "") -> None:
        """Check a parsed event whose fields stand on these lines."""
        self.checked.events += 1

        def line(name: str) -> int:
            return _line(lines, f"{prefix}{name}")

        if not isinstance(event, dict):
            self.checked.add(line(""), "error", "event", "not a JSON object")
            return
        fact = self._read(dict(event), line)
        if fact is None:
            return
        for warning in fact.warnings:
            name, _, message = warning.partition(": ")
            self.checked.add(line(f"data.{name}"), "warning", f"data.{name}", message)
        if event.get("id") == fact.reference.external_id:
            self._compare(fact, line("id"))
        if isinstance(fact, PartnerReport):
            assessed = assessment_of(self.profile, fact, purpose_of(fact, self.now))
            self.checked.emergencies[assessed.outcome] += 1

    def _read(self, event: dict[str, Any], line: Any) -> PartnerReport | AnsweredReferral | None:
        """Read it; after a wrong attribute go on as if it were right, to find what else is."""
        partner = self._partner(event)
        mended: dict[str, Any] = {
            "specversion": "1.0",
            "id": "mended",
            "source": source_of(partner),
            "type": INCIDENT_REPORTED,
        }
        fact, wrong = None, set[str]()
        while True:
            try:
                fact = read_partner_event(
                    partner,
                    HEADERS,
                    orjson.dumps(event),
                    self.profile.known_types,
                    self.profile.zone,
                    self.now,
                )
            except (RefusedError, orjson.JSONEncodeError) as error:
                name = _field(str(error))
                self.checked.add(line(name), "error", name, str(error))
                if name not in ATTRIBUTES or name in wrong:
                    return None
                wrong.add(name)
                event.pop(name, None)
                event |= {name: mended[name]} if name in mended else {}
            else:
                return fact

    def _partner(self, event: Mapping[str, Any]) -> str:
        source = event.get("source")
        named = SOURCE.match(source) if isinstance(source, str) else None
        return self.partner or (named[1] if named else "NAME")

    def _compare(self, fact: PartnerReport | AnsweredReferral, line: int) -> None:
        key = (fact.reference.external_id, fact.purpose)
        before = self.seen.setdefault(key, (line, fact.digest))
        if before[0] == line:
            return
        if before[1] == fact.digest:
            self.checked.add(line, "warning", "id", f"a repeat of the event on line {before[0]}")
        elif isinstance(fact, PartnerReport):
            message = f"other content than on line {before[0]}: it supplements that report"
            self.checked.add(line, "warning", "id", message)
        else:
            message = f"other content than on line {before[0]}: an answer does not change"
            self.checked.add(line, "error", "id", message)


def check_text(checker: Checker, text: str, *, by_line: bool) -> Checked:
    """Check a file's text; what is no JSON is an error on its line."""
    for number, part in enumerate(text.splitlines() if by_line else [text]):
        if by_line and not part.strip():
            continue
        try:
            lines = {path: at + number for path, at in places(part).items()}
            parsed = orjson.loads(part)
        except JSONDecodeError as error:
            checker.checked.add(
                error.lineno + number, "error", "JSON", f"{error.msg}, column {error.colno}"
            )
            continue
        if isinstance(parsed, list) and not by_line:
            for index, event in enumerate(parsed):
                checker.check(event, lines, f"{index}.")
        else:
            checker.check(parsed, lines)
    return checker.checked


def is_by_line(name: str, text: str) -> bool:
    """Whether a file has an event a line: it says so, or its first line is an event by itself."""
    if name.endswith(LINES):
        return True
    first, _, rest = text.strip().partition("\n")
    if not rest.strip() or not first.startswith("{"):
        return False
    try:
        return isinstance(orjson.loads(first), dict)
    except orjson.JSONDecodeError:
        return False


def _line(lines: Mapping[str, int], path: str) -> int:
    """The line of a path, or of the nearest thing around it."""
    while path:
        if path.rstrip(".") in lines:
            return lines[path.rstrip(".")]
        path = path.rstrip(".").rpartition(".")[0]
    return lines.get("", 1)


def _field(reason: str) -> str:
    """The field that a refusal is about."""
    first = reason.partition(":")[0]
    if first in ("report_number", "answer"):
        return f"data.{first}"
    if reason.startswith("unknown "):
        return "type"
    words: Iterator[str] = (word.strip(",:") for word in reason.split())
    return next((word for word in words if word in ATTRIBUTES), "data")
