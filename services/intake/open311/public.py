"""Reports as the public may read them: status, steps, type and block.

Never the reporting party, the text or the exact place. A list shows reports that triage has typed;
a query by number also shows newer ones, without a place. Erased and sealed reports are not shown,
nor reports whose type is or was not public.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from services.intake.follow_up import PUBLIC_STATUS, STEPS

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from services.agency.profile import AgencyProfile
    from services.intake.open311.filters import Wanted
    from services.intake.open311.spark import Value
    from services.runtime.database import Pool

LONGEST_QUERY_MILLISECONDS: Final = 5000
UPDATES_OF_REQUESTS_SINCE: Final = "interval '1 year'"
"""Updates are searched among requests submitted within a year before the range; by number, among
all.
"""
COLUMNS: Final = """
select r.report_number, r.submitted_at, coalesce(p.type, r.type), p.triaged_at, p.opened_at,
       p.accepted_at, p.assigned_at, p.closed_at, p.status, p.district,
       r.block_latitude, r.block_longitude, r.block_address
from reports r left join projections.public_requests p on p.report_id = r.report_id::text
where r.shown and coalesce(p.type, r.type) = any(%(public)s)
  and (r.type is null or r.type <> all(%(private)s))
  and coalesce(p.emergency, 'none') <> 'divert' and coalesce(p.call_emergency, 'none') <> 'divert'
  and not exists (
    select from subject_keys k
    where k.subject = any(array['report-' || r.report_id, 'person-' || r.report_id])
      and (k.sealed or k.destroyed_at is not null))
"""
NUMBERED: Final = COLUMNS + " and r.report_number = any(%(numbers)s)"
LISTED: Final = (
    COLUMNS
    + """
  and p.triaged_at is not null and r.submitted_at between %(start)s and %(end)s
  and (%(codes)s::text[] is null or coalesce(p.type, r.type) = any(%(codes)s))
  and (case when p.closed_at is null then 'open' else 'closed' end) = any(%(statuses)s)
"""
)
PAGED: Final = " order by r.submitted_at desc, r.report_id desc limit %(limit)s offset %(skipped)s"
UPDATED: Final = (
    COLUMNS
    + f"""
  and p.triaged_at is not null
  and r.submitted_at between %(start)s - {UPDATES_OF_REQUESTS_SINCE} and %(end)s
  and (%(codes)s::text[] is null or coalesce(p.type, r.type) = any(%(codes)s))
  and exists (
    select from unnest(array[r.submitted_at, p.triaged_at, p.opened_at, p.accepted_at,
                             p.assigned_at, p.closed_at]) as step (at)
    where step.at between %(start)s and %(end)s)
"""
)


@dataclass(frozen=True, slots=True)
class PublicRequest:
    """One report as the public may read it."""

    number: str
    type: str
    moments: tuple[datetime | None, ...]
    """Time of each step; None if not taken."""
    status: str | None
    district: str | None
    latitude: float | None
    longitude: float | None
    address: str | None

    @property
    def closed_at(self) -> datetime | None:
        """Time of the last step; None if not taken."""
        return self.moments[-1]

    @property
    def steps(self) -> list[tuple[int, str, datetime]]:
        """The steps taken, in order of time: code, text, time."""
        taken = zip(range(len(STEPS)), STEPS, self.moments, strict=True)
        found = [(index, words, moment) for index, words, moment in taken if moment]
        return sorted(found, key=lambda step: (step[2], step[0]))


def _request(row: tuple[Any, ...]) -> PublicRequest:
    number, submitted_at, type_, triaged_at, *moments = row[:8]
    status, district, *place = row[8:]
    if triaged_at is None:
        place = [None, None, None]
    return PublicRequest(
        number, type_, (submitted_at, triaged_at, *moments), status, district, *place
    )


async def _fetch(
    pool: Pool, profile: AgencyProfile, query: str, **given: Any
) -> list[PublicRequest]:
    public = [known.id for known in profile.types.values() if known.public]
    private = [known.id for known in profile.types.values() if not known.public]
    async with pool.connection() as connection, connection.transaction():
        await connection.execute(f"set local statement_timeout = {LONGEST_QUERY_MILLISECONDS}")
        cursor = await connection.execute(
            query.encode(), {"public": public, "private": private, **given}
        )
        return [_request(row) for row in await cursor.fetchall()]


async def find(
    pool: Pool, profile: AgencyProfile, wanted: Wanted
) -> tuple[list[PublicRequest], bool]:
    """The requests of the wanted page, the newest first, and whether more follow."""
    limit, skipped = wanted.page.size, wanted.page.skipped
    if wanted.numbers is not None:
        query, given = NUMBERED + PAGED, {"numbers": list(wanted.numbers)}
        found = await _fetch(pool, profile, query, limit=limit + 1, skipped=skipped, **given)
        return found[:limit], len(found) > limit
    found = await _fetch(
        pool,
        profile,
        LISTED + PAGED,
        start=wanted.start,
        end=wanted.end,
        codes=_codes(profile, wanted),
        statuses=sorted(wanted.statuses),
        limit=limit + 1,
        skipped=skipped,
    )
    return found[:limit], len(found) > limit


def _codes(profile: AgencyProfile, wanted: Wanted) -> list[str] | None:
    """The wanted types that exist; None for all. Unknown codes are never sent to Postgres."""
    return None if wanted.codes is None else sorted(wanted.codes & profile.known_types)


async def find_updated(pool: Pool, profile: AgencyProfile, wanted: Wanted) -> list[PublicRequest]:
    """Requests with a step within the wanted time, or with the wanted numbers."""
    if wanted.numbers is not None:
        return await _fetch(pool, profile, NUMBERED, numbers=list(wanted.numbers))
    return await _fetch(
        pool,
        profile,
        UPDATED,
        start=wanted.start,
        end=wanted.end,
        codes=_codes(profile, wanted),
    )


async def number_of(pool: Pool, token: UUID) -> str | None:
    """The report number of a token."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "select report_number from reports where report_id = %s", [token]
        )
        row = await cursor.fetchone()
    return str(row[0]) if row else None


def as_value(request: PublicRequest, profile: AgencyProfile) -> Value:
    """One request of an answer, with every member of the standard."""

    def time(moment: datetime) -> str:
        return moment.astimezone(profile.zone).isoformat(timespec="seconds")

    known = profile.types[request.type]
    *_, (_, words, moved_at) = request.steps
    district = profile.districts.labels.get(request.district or "")
    address = ", ".join(filter(None, (request.address, district)))
    return {
        "service_request_id": request.number,
        "status": "closed" if request.closed_at else "open",
        "status_notes": PUBLIC_STATUS.get(request.status or "", words),
        "service_name": known.label,
        "service_code": known.id,
        "description": None,
        "agency_responsible": profile.name,
        "service_notice": None,
        "requested_datetime": time(request.moments[0] or moved_at),
        "updated_datetime": time(request.closed_at or moved_at),
        "expected_datetime": None,
        "address": address or None,
        "address_id": None,
        "zipcode": None,
        "lat": request.latitude,
        "long": request.longitude,
        "media_url": None,
    }


def updates_of(
    request: PublicRequest, wanted: Wanted, profile: AgencyProfile
) -> list[tuple[datetime, Value]]:
    """Each step of a request as an update, with its time to sort by."""
    found: list[tuple[datetime, Value]] = []
    for index, words, moment in request.steps:
        if wanted.numbers is None and not wanted.start <= moment <= wanted.end:
            continue
        closing = index == len(STEPS) - 1
        status: Value = {
            "update_id": f"{request.number}-{index + 1}",
            "service_request_id": request.number,
            "status": "closed" if closing else "open",
            "updated_datetime": moment.astimezone(profile.zone).isoformat(timespec="seconds"),
            "description": words,
            "media_url": None,
        }
        found.append((moment, status))
    return found
