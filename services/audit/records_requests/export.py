"""A record for the public: its events, with what is exempt redacted. Nothing is decrypted for it.

The same record up to the same position, on the same day's rules, gives the same bytes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from events.codec import decode
from events.moment import timestamp
from events.personal import personal_fields
from services.projections import queries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from events.envelope import Envelope
    from services.agency.retention import Retention
    from services.runtime.database import Connection

UNLISTED = "personal-data"
"""The code of a personal value that no exemption names: it is withheld all the same."""
OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
KINDS = ("intake.", "triage.", "casework.")


@dataclass(frozen=True, slots=True)
class Export:
    """What is given out, and how many values were withheld under which code."""

    content: bytes
    redactions: dict[str, int]
    through: int

    @property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return sha256(self.content).hexdigest()


async def export(
    connection: Connection, retention: Retention, numbers: Sequence[str], day: date, through: int
) -> Export:
    """The records of these reports as of a ledger position, by the exemptions of that day."""
    counted: Counter[str] = Counter()
    records = []
    for number in sorted(set(numbers)):
        found = await queries.find(connection, number)
        stored = await queries.history(connection, *found) if found else []
        events = [
            _redacted(position, decode(body), retention, day, counted)
            for position, body in stored
            if position <= through
        ]
        records.append({"report_number": number, "events": events})
    exemptions = {
        each.code: {"title": each.title, "citation": each.citation}
        for each in retention.exemptions
        if each.code in counted
    }
    body = {
        "records": records,
        "exemptions": exemptions,
        "as_of_ledger_position": through,
        "rules_of": day.isoformat(),
    }
    return Export(orjson.dumps(body, option=OPTIONS), dict(sorted(counted.items())), through)


def _redacted(
    position: int, envelope: Envelope, retention: Retention, day: date, counted: Counter[str]
) -> dict[str, Any]:
    personal = {name for name, _ in personal_fields(envelope.data)}
    data = envelope.data.model_dump(mode="json", exclude_defaults=True)
    for name in data:
        exemption = retention.exemption_of(name, day)
        if exemption or name in personal:
            code = exemption.code if exemption else UNLISTED
            counted[code] += 1
            data[name] = f"[redacted: {code}]"
    return {
        "position": position,
        "type": envelope.type,
        "recorded": timestamp(envelope.recorded_at),
        "what": data,
    }
