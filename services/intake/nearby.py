"""Earlier reports nearby, shown so that a reporting party can recognise their own. No private
values.

Only public types that several people report; no emergencies. Shows answers chosen from a list and
the distance from the given place; no free text, no exact place.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from math import cos, hypot, radians
from typing import TYPE_CHECKING, Any

import orjson

from services.intake.domain.streets import sought_keys, stored_keys

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from events.intake import ReportSubmitted
    from services.agency.profile import AgencyProfile, ReportType
    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

PURPOSE = "streets of reports nearby"
METRES_PER_DEGREE = 111_320
MOST = 3
KEPT = timedelta(days=60)

NEAR_SQL = """
select p.report_number, p.latitude, p.longitude, p.streets && %(streets)s::bytea[] as street,
       p.answers, p.submitted_at, r.status
from reported_places p
join subject_keys k on k.subject = 'report-' || p.report_id and k.wrapped is not null
     and not k.sealed
left join projections.report_progress r on r.report_number = p.report_number
where p.type = %(type)s and p.submitted_at >= %(since)s
  and (p.streets && %(streets)s::bytea[]
       or (p.latitude between %(south)s and %(north)s
           and p.longitude between %(west)s and %(east)s))
order by p.submitted_at desc limit 50
"""


@dataclass(frozen=True, slots=True)
class NearbyReport:
    """An earlier report nearby."""

    at: datetime
    metres: int | None
    """Distance from the given place; None: only the street is the same."""
    answers: dict[str, str]
    status: str | None


async def store_place(
    connection: Connection,
    keyring: Keyring,
    profile: AgencyProfile,
    report_id: UUID,
    event: ReportSubmitted,
    now: datetime,
) -> None:
    """Store the place of a report, if its type is shown nearby and it is no emergency."""
    known = profile.types.get(event.type or "")
    statement = event.statement.value
    if known is None or not known.nearby or event.emergency.outcome == "divert" or not statement:
        return
    streets = _hashed(keyring, stored_keys(statement.location_text or ""))
    if not streets and event.latitude is None:
        return
    await connection.execute("delete from reported_places where submitted_at < %s", [now - KEPT])
    await connection.execute(
        "insert into reported_places (report_id, report_number, type, latitude, longitude,"
        " streets, answers, submitted_at) values (%s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict do nothing",
        [
            report_id,
            event.report_number,
            known.id,
            event.latitude,
            event.longitude,
            streets,
            orjson.dumps(statement.answers).decode(),
            now,
        ],
    )


async def find_nearby(
    connection: Connection,
    keyring: Keyring,
    known: ReportType,
    place: str | None,
    point: tuple[float, float] | None,
    public: Iterable[str],
    now: datetime,
) -> list[NearbyReport]:
    """The newest few reports nearby; `public` are the questions whose answers may be shown."""
    streets = _hashed(keyring, sought_keys(place or ""))
    if not known.nearby or not known.public or not (streets or point):
        return []
    cursor = await connection.execute(
        NEAR_SQL,
        {
            "type": known.id,
            "streets": streets,
            "since": now - timedelta(hours=known.duplicate_horizon_hours),
            **_box(point, known.duplicate_distance_metres),
        },
    )
    public_ids = set(public)
    found = [_nearby_report(row, point, public_ids) for row in await cursor.fetchall()]
    return [
        one for one in found if one.metres is None or one.metres <= known.duplicate_distance_metres
    ][:MOST]


def _hashed(keyring: Keyring, keys: Iterable[str]) -> list[bytes]:
    """Keyed hashes: the table alone reveals no street, and none at all once the epoch's key is
    gone.
    """
    key = keyring.derived(keyring.epochs.newest(), PURPOSE)
    return [hmac.digest(key, one.encode(), "sha256")[:16] for one in sorted(keys)]


def _box(point: tuple[float, float] | None, metres: int) -> dict[str, float | None]:
    if point is None:
        return dict.fromkeys(("south", "north", "west", "east"))
    latitude, longitude = point
    up = metres / METRES_PER_DEGREE
    across = up / max(0.01, cos(radians(latitude)))
    return {
        "south": latitude - up,
        "north": latitude + up,
        "west": longitude - across,
        "east": longitude + across,
    }


def _nearby_report(
    row: tuple[Any, ...], point: tuple[float, float] | None, public_ids: set[str]
) -> NearbyReport:
    _, latitude, longitude, street, answers, at, status = row
    metres = None
    if point is not None and latitude is not None and not street:
        up = (latitude - point[0]) * METRES_PER_DEGREE
        across = (longitude - point[1]) * METRES_PER_DEGREE * cos(radians(latitude))
        metres = max(10, round(hypot(up, across), -1))
    public = {id_: answer for id_, answer in answers.items() if id_ in public_ids}
    return NearbyReport(at, int(metres) if metres is not None else None, public, status)
