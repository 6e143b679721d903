"""Reports as partners and people send them, the same for the same seed."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from services.agency.default import default_agency
from services.agency.loader import load_profile
from services.intake.domain.inbound import INCIDENT_REPORTED, source_of
from services.runtime.clock import now
from services.runtime.kafka import Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from services.agency.profile import AgencyProfile

PARTNER = "bench"
STRUCTURED = (("content-type", b"application/cloudevents+json"),)
AGAIN = 0.1
"""Share of reports about something that was reported before."""
WORDS = [
    "a",
    "white",
    "van",
    "has",
    "been",
    "standing",
    "in",
    "front",
    "of",
    "the",
    "house",
    "since",
    "yesterday",
    "evening",
    "and",
    "the",
    "people",
    "inside",
    "play",
    "loud",
    "music",
    "until",
    "late",
    "at",
    "night",
    "somebody",
    "broke",
    "the",
    "fence",
    "behind",
    "the",
    "school",
    "and",
    "sprayed",
    "paint",
    "on",
    "the",
    "wall",
    "my",
    "bicycle",
    "was",
    "taken",
    "from",
    "the",
    "shed",
    "near",
    "the",
    "river",
]


@dataclass
class Reports:
    """An endless supply of report bodies within the agency's districts."""

    chance: random.Random
    profile: AgencyProfile
    until: datetime
    days: float
    """How far back they happened."""

    @classmethod
    def of(cls, seed: int, *, days: float = 0.25) -> Reports:
        """Reports of the default agency."""
        return cls(random.Random(seed), load_profile(default_agency()), now(), days)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        earlier: deque[dict[str, Any]] = deque(maxlen=200)
        while True:
            body = self._new()
            if earlier and self.chance.random() < AGAIN:
                same = self.chance.choice(earlier)
                body |= {name: same[name] for name in ("type", "location", "occurred")}
            earlier.append(body)
            yield body

    def _new(self) -> dict[str, Any]:
        west, south, east, north = self.profile.districts.bounds
        chance = self.chance
        happened = self.until - timedelta(days=chance.random() * self.days)
        return {
            "type": chance.choice(sorted(self.profile.known_types)),
            "description": " ".join(chance.choices(WORDS, k=30)),
            "occurred": {"from": happened.isoformat()},
            "location": {
                "text": f"{chance.randrange(1, 9999)} Bench Road",
                "latitude": round(chance.uniform(south, north), 6),
                "longitude": round(chance.uniform(west, east), 6),
            },
            "safety": {"weapon": "yes" if chance.random() < 0.02 else "no"},
        }


def partner_records(seed: int, count: int, topic: str, *, name: str = "r") -> list[Outgoing]:
    """`count` records for a partner's inbound topic, CloudEvents in structured mode."""
    bodies = iter(Reports.of(seed))
    return [
        Outgoing(
            topic,
            None,
            f"{name}-{seed}-{index}".encode(),
            _event(f"{name}-{seed}-{index}", next(bodies)),
            STRUCTURED,
        )
        for index in range(count)
    ]


def _event(event_id: str, data: dict[str, Any]) -> bytes:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": source_of(PARTNER),
            "type": INCIDENT_REPORTED,
            "datacontenttype": "application/json",
            "data": data,
        }
    )
