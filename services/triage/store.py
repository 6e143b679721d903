"""Triage's own tables: candidates for duplicates, and which reports are decided.

Lists without nulls travel in binary (`%b`): psycopg writes those much faster. Lists of lists travel
as one text, since Postgres knows no ragged arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.triage.domain.block_index import NEWEST, NEWEST_OTHERS, NEWEST_THERE
from services.triage.domain.places import PER_DEGREE, cells_around, fixed
from services.triage.domain.traits import Traits, minute_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from services.runtime.database import Connection

COLUMNS = """c.report_id, c.report_number, c.type, c.type_group, c.occurred_at, c.received_at,
       c.latitude, c.longitude, c.anchor, c.address, c.terms, c.norm, c.plates, c.plates_alike,
       c.contacts, c.cites, c.house, c.exercise"""

NEAR_SQL = f"""
select w.report_id, found.*
from unnest(%b::uuid[], %b::timestamptz[], %b::timestamptz[]) as w (report_id, earliest, latest)
join candidates own on own.report_id = w.report_id
cross join lateral (
  (select {COLUMNS} from candidates c
   where c.type = own.type and c.cell = any (neighbour_cells(own.cell))
     and c.exercise = own.exercise
     and c.occurred_at between w.earliest and w.latest and c.report_id <> w.report_id
   order by c.occurred_at desc limit {NEWEST})
  union all
  (select {COLUMNS} from candidates c
   where c.type <> own.type and c.cell = any (neighbour_cells(own.cell))
     and c.exercise = own.exercise
     and c.occurred_at between w.earliest and w.latest
   order by c.occurred_at desc limit {NEWEST_OTHERS})
  union all
  (select {COLUMNS} from candidates c
   where c.address = own.address and c.occurred_at between w.earliest and w.latest
     and c.exercise = own.exercise and c.report_id <> w.report_id
   order by c.occurred_at desc limit {NEWEST_THERE})
  union all
  (select {COLUMNS} from candidates c
   where own.plates_alike <> '{{}}' and c.plates_alike <> '{{}}'
     and c.plates_alike && own.plates_alike)
  union all
  (select {COLUMNS} from candidates c
   where own.contacts <> '{{}}' and c.contacts <> '{{}}' and c.contacts && own.contacts)
  union all
  (select {COLUMNS} from candidates c where c.report_number = any (own.cites))
  union all
  (select {COLUMNS} from candidates c
   where c.cites <> '{{}}' and c.cites @> array[own.report_number])
) found
where found.report_id <> w.report_id and found.exercise = own.exercise
"""  # noqa: S608 - the only substitutions are our own constants

ADD_SQL = """
insert into candidates (report_id, report_number, type, type_group, cell, latitude, longitude,
  occurred_at, received_at, address, house, norm, exercise, terms, plates, plates_alike, contacts,
  cites)
select report_id, report_number, type, type_group, cell, latitude, longitude, occurred_at,
  received_at, address, house, norm, exercise, terms::int8[], plates::int8[], plates_alike::int8[],
  contacts::int8[], cites::text[]
from unnest(%b::uuid[], %b::text[], %b::text[], %s::text[], %s::int8[], %s::float8[], %s::float8[],
  %b::timestamptz[], %b::timestamptz[], %s::int8[], %s::int8[], %b::int8[], %b::bool[], %b::text[],
  %b::text[], %b::text[], %b::text[], %b::text[])
  as t (report_id, report_number, type, type_group, cell, latitude, longitude, occurred_at,
    received_at, address, house, norm, exercise, terms, plates, plates_alike, contacts, cites)
on conflict do nothing
"""

FORGET_SQL = """
update candidates c
set terms = '{}', norm = 0, plates = '{}', plates_alike = '{}', contacts = '{}', address = null,
    house = null
where (c.terms <> '{}' or c.plates <> '{}' or c.contacts <> '{}')
  and (c.occurred_at < %s
       or exists (select 1 from subject_keys k
                  where k.subject = 'report-' || c.report_id and k.wrapped is null))
"""


async def add_candidates(connection: Connection, rows: Sequence[tuple[Traits, datetime]]) -> None:
    """Add reports as candidates, each with the time of its incident.

    Committed before the deciding transaction, so that of two simultaneous reports at least one
    finds the other; a repeat changes nothing.
    """
    columns = [*map(list, zip(*(_row(*each) for each in rows), strict=True))]
    await connection.execute(ADD_SQL, columns)


async def near(
    connection: Connection, windows: Sequence[tuple[UUID, datetime, datetime]]
) -> dict[UUID, list[Traits]]:
    """Candidates for each report, in one query for all: reports in the neighbouring cells and the
    time window, and those with the same plate, contact or number.
    """
    found: dict[UUID, dict[UUID, Traits]] = {}
    if windows:
        cursor = await connection.execute(NEAR_SQL, [*map(list, zip(*windows, strict=True))])
        for own, *row in await cursor.fetchall():
            around = found.setdefault(own, {})
            if row[0] not in around:
                around[row[0]] = _traits(*row)
    return {own: list(around.values()) for own, around in found.items()}


async def forget(connection: Connection, earliest: datetime) -> int:
    """Delete the evidence of incidents before `earliest`, and of erased reports."""
    cursor = await connection.execute(FORGET_SQL, [earliest])
    return cursor.rowcount


async def decided(connection: Connection, report_ids: Sequence[UUID]) -> set[UUID]:
    """Those of `report_ids` that have a decision already."""
    cursor = await connection.execute(
        "select report_id from candidates where report_id = any(%b) and anchor is not null",
        [list(report_ids)],
    )
    return {row[0] for row in await cursor.fetchall()}


async def set_anchors(connection: Connection, anchors: Sequence[tuple[UUID, UUID]]) -> None:
    """Store the anchor of each decided report: itself, or the first report of its incident."""
    await connection.execute(
        "update candidates c set anchor = m.anchor"
        " from unnest(%b::uuid[], %b::uuid[]) as m (report_id, anchor)"
        " where c.report_id = m.report_id",
        [*map(list, zip(*anchors, strict=True))],
    )


def _row(traits: Traits, occurred_at: datetime) -> tuple[object, ...]:
    latitude = longitude = cell = None
    if traits.north is not None and traits.east is not None:
        latitude, longitude = traits.north / PER_DEGREE, traits.east / PER_DEGREE
        cell = cells_around(latitude, longitude)[4]
    return (
        traits.report_id,
        traits.report_number,
        traits.type,
        traits.group,
        cell,
        latitude,
        longitude,
        occurred_at,
        traits.received_at,
        traits.address,
        traits.house,
        traits.norm,
        traits.exercise,
        _array(traits.terms),
        _array(traits.plates),
        _array(traits.plates_alike),
        _array(traits.contacts),
        _array(traits.cites),
    )


def _array(values: Iterable[int | str]) -> str:
    """An array in Postgres notation; numbers, or report numbers, which need no quoting."""
    return "{" + ",".join(map(str, sorted(map(str, values)))) + "}"


def _traits(
    report_id: UUID,
    report_number: str,
    type_: str,
    group: str | None,
    occurred_at: datetime,
    received_at: datetime,
    latitude: float | None,
    longitude: float | None,
    anchor: UUID | None,
    address: int | None,
    terms: list[int],
    norm: int,
    plates: list[int],
    plates_alike: list[int],
    contacts: list[int],
    cites: list[str],
    house: int | None,
    exercise: bool,
) -> Traits:
    return Traits(
        report_id=report_id,
        report_number=report_number,
        type=type_,
        group=group,
        minute=minute_of(occurred_at),
        received_at=received_at,
        north=None if latitude is None else fixed(latitude),
        east=None if longitude is None else fixed(longitude),
        anchor=anchor,
        address=address,
        terms=frozenset(terms),
        norm=norm,
        plates=frozenset(plates),
        plates_alike=frozenset(plates_alike),
        contacts=frozenset(contacts),
        cites=frozenset(cites),
        house=house,
        exercise=exercise,
    )
