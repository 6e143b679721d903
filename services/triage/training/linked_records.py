"""Records of another agency with the links that its staff made between them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, ValidationError

from services.triage.domain.places import fixed
from services.triage.domain.traits import Traits, address_of, house_of, minute_of, terms_of
from services.triage.domain.words import words_of
from services.triage.training.tables import TableError, read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RECORDS = UUID("4f0b8a52-5a3e-5c5d-9f43-1d2a7b6f3c10")


class RecordFields(BaseModel):
    """The meaning of the columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    time: str
    time_format: str
    timezone: str
    type: str
    latitude: str
    longitude: str
    address: str | None = None
    text: str | None = None
    closure: str | None = None
    closure_says_duplicate: str = "duplicate"
    link_from: str
    link_to: str


@dataclass(frozen=True)
class LinkedRecords:
    """Records in time order, their links, and the records whose link is not known."""

    records: tuple[Traits, ...]
    terms: Mapping[UUID, Mapping[int | str, int]]
    links: frozenset[frozenset[UUID]]
    unsure: frozenset[UUID]
    """Not linked, but closed as duplicates of an unnamed record."""


def read_fields(file: Path) -> RecordFields:
    """Read the meaning of columns. TableError with the problems."""
    try:
        return RecordFields.model_validate(tomllib.loads(file.read_text()))
    except (OSError, ValueError, ValidationError) as error:
        raise TableError(f"{file}: {error}") from None


def read_linked(data: Path, links: Path, fields: RecordFields) -> LinkedRecords:
    """Read records and links. TableError when a column or every link is missing."""
    records, terms, closed_as_duplicate = [], {}, set()
    zone = ZoneInfo(fields.timezone)
    for row in read_rows(data):
        try:
            traits, own = _record(row, fields, zone)
        except (KeyError, ValueError) as error:
            raise TableError(f"{data}: unusable row: {error}") from None
        records.append(traits)
        terms[traits.report_id] = own
        closure = row.get(fields.closure or "", "").lower()
        if fields.closure_says_duplicate in closure:
            closed_as_duplicate.add(traits.report_id)
    pairs = {
        frozenset((_id(row[fields.link_from]), _id(row[fields.link_to])))
        for row in read_rows(links)
        if row.get(fields.link_from) and row.get(fields.link_to)
    }
    known = {pair for pair in pairs if len(pair) == 2 and pair <= terms.keys()}
    if not known:
        raise TableError(f"{links}: no link joins two records of {data}")
    linked = {each for pair in known for each in pair}
    records.sort(key=lambda each: (each.received_at, each.report_number))
    return LinkedRecords(
        tuple(records), terms, frozenset(known), frozenset(closed_as_duplicate - linked)
    )


def _id(given: str) -> UUID:
    return uuid5(RECORDS, given)


def _record(
    row: Mapping[str, str], fields: RecordFields, zone: ZoneInfo
) -> tuple[Traits, dict[int | str, int]]:
    moment = datetime.strptime(row[fields.time], fields.time_format)  # noqa: DTZ007 - zone follows
    moment = moment.replace(tzinfo=zone).astimezone(UTC)
    address = address_of(row.get(fields.address or ""))
    text = row.get(fields.text or "", "")
    own: dict[int | str, int] = dict(
        terms_of((word for word, _, _ in words_of(text)), {}, row[fields.type]).items()
    )
    placed = bool(row[fields.latitude] and row[fields.longitude])
    traits = Traits(
        report_id=_id(row[fields.id]),
        report_number=row[fields.id],
        type=row[fields.type],
        group=None,
        minute=minute_of(moment),
        received_at=moment,
        north=fixed(float(row[fields.latitude])) if placed else None,
        east=fixed(float(row[fields.longitude])) if placed else None,
        address=address,
        house=house_of(address),
        terms=frozenset(own),
        norm=sum(weight * weight for weight in own.values()),
    )
    return traits, own
