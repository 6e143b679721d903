"""`blotter demo`: some hours of a county's reports, filed through the public interfaces.

Everything is invented. Reports go in by `POST /api/v1/reports`, staff commands by their API, so the
demo is also the smallest example of a client.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from rich.progress import track

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.agency.profile import AgencyProfile

STORIES = (
    ("noise", "Loud music from a party two houses down, it has gone on for an hour."),
    ("vandalism", "Somebody sprayed paint over the fence behind the school during the night."),
    ("theft", "My bicycle was taken from the porch some time yesterday."),
    ("vehicle-break-in", "Car window broken in the car park, a bag is gone."),
    ("barking-dog", "A dog has been barking since the morning, the owners seem to be away."),
    ("street-light", "The street light at the corner has been out for a week."),
    ("parking", "A truck is parked across the fire hydrant."),
    ("suspicious-vehicle", "A van has driven slowly round the block several times this evening."),
    ("found-property", "I found a wallet near the library."),
    ("harassing-communications", "I keep getting calls from a number I do not know."),
    ("loitering", "A group is drinking behind the shop after closing time."),
    (None, "Somebody keeps knocking over our mailboxes."),
)
SAFE = {
    "happening_now": "no",
    "injury": "no",
    "weapon": "no",
    "suspect_present": "no",
    "fire_smoke_gas": "no",
    "vulnerable_missing": "no",
    "self_harm": "no",
}
REPORTS = 40
SECOND_REPORTER = 0.2
EMERGENCY_AT = 25
ASK_TIMES, ASK_EVERY_SECONDS = 50, 0.1


@dataclass(frozen=True, slots=True)
class Demo:
    """One run: where to file, with which token to act as staff, and the seed of its invention."""

    url: str
    token: str
    profile: AgencyProfile
    seed: int = 1

    def run(self, *, progress: bool) -> int:
        """File the reports and work a few of them; gives how many were filed."""
        bodies = list(self._bodies())
        with httpx.Client(base_url=self.url, timeout=30) as client:
            filed = [
                self._file(client, body)
                for body in track(bodies, "Filing reports", disable=not progress)
            ]
            for number, command, body in self._commands(filed):
                self._command(client, number, command, body)
        return len(filed)

    def _bodies(self) -> Iterator[dict[str, Any]]:
        chance = random.Random(self.seed)  # noqa: S311 - invention, not secrets
        for index in range(REPORTS):
            latitude, longitude = self._somewhere(chance)
            report_type, story = chance.choice(STORIES)
            body: dict[str, Any] = {
                "description": story,
                "location": {"latitude": latitude, "longitude": longitude},
                "safety": SAFE | ({"weapon": "yes"} if index == EMERGENCY_AT else {}),
            }
            if report_type in self.profile.types:
                body["type"] = report_type
            yield body
            if chance.random() < SECOND_REPORTER:
                yield body | {"description": "I am calling about the same thing: " + story.lower()}

    def _somewhere(self, chance: random.Random) -> tuple[float, float]:
        """A place inside one of the agency's districts."""
        west, south, east, north = self.profile.districts.bounds
        while True:
            latitude, longitude = chance.uniform(south, north), chance.uniform(west, east)
            if self.profile.districts.at(latitude, longitude):
                return round(latitude, 6), round(longitude, 6)

    def _file(self, client: httpx.Client, body: dict[str, Any]) -> str:
        answer = client.post("/api/v1/reports", json=body)
        answer.raise_for_status()
        return str(answer.json()["report_number"])

    def _commands(self, filed: list[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for number in filed[:6]:
            yield number, "review", {"outcome": "accepted"}
            yield number, "assign", {"officer": f"officer-{int(number[-1]) % 3 + 1}"}
        yield filed[0], "notes", {"note": "Spoke to the reporting party; photographs to follow."}
        yield filed[1], "resolve", {"dispositions": ["report-taken"]}
        yield filed[8], "keep-for-statistics", {}

    def _command(
        self, client: httpx.Client, number: str, command: str, body: dict[str, Any]
    ) -> None:
        """Act on a call at its current version, once triage and casework have opened it."""
        staff = {"authorization": f"Bearer {self.token}"}
        for _ in range(ASK_TIMES):
            current = client.get(f"/api/v1/cases/{number}", headers=staff)
            if current.status_code == 200:
                seen = staff | {"if-match": current.headers["etag"]}
                client.post(f"/api/v1/cases/{number}/{command}", json=body, headers=seen)
                return
            time.sleep(ASK_EVERY_SECONDS)
