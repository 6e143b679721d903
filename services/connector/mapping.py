"""A partner's mapping: what the columns of its export of calls for service mean.

A TOML file, see `deploy/partners/`. Closed: an unknown key is an error that names it. A fact that
a row does not give is left out; `constants` say what then holds instead.
"""

from __future__ import annotations

import codecs
import math
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from events.moment import timestamp
from services.intake.contract.partner_schemas import IncidentReported
from services.intake.domain.inbound import CALL_SHED, INCIDENT_REPORTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ISO = "iso"
EPOCH_MILLISECONDS = "epoch-milliseconds"
A_MOMENT = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)


class MappingError(Exception):
    """No usable mapping. The message has a line `file: key: problem` for each problem."""


@dataclass(frozen=True, slots=True)
class Incident:
    """What a row says: the partner's id of it, when it happened, and the data to publish."""

    id: str
    occurred: datetime | None
    time_is_unreadable: bool
    data: dict[str, Any]
    event_type: str = INCIDENT_REPORTED


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _existing_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, LookupError):
        raise ValueError(f'unknown time zone "{zone}"') from None
    return zone


def _usable_format(form: str) -> str:
    """A strptime format must read what it writes: a typo would make every time unreadable."""
    if form in (ISO, EPOCH_MILLISECONDS):
        return form
    if "%" not in form:
        raise ValueError(f'neither "{ISO}", "{EPOCH_MILLISECONDS}" nor a strptime format')
    datetime.strptime(A_MOMENT.strftime(form), form)  # noqa: DTZ007 - only whether it can be read
    return form


def _known_encoding(encoding: str) -> str:
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise ValueError(f'unknown encoding "{encoding}"') from None
    return encoding


Column = Annotated[str, Field(min_length=1)]
Columns = Annotated[tuple[Column, ...], BeforeValidator(_as_list)]
"""One column, or several whose texts are joined."""


class PartnerMapping(BaseModel):
    """The mapping. Every key but `partner` and `id` may be missing."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    partner: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    id: Columns = Field(min_length=1)
    type: Column | None = None
    types: dict[str, str] = {}
    description: Columns = ()
    occurred_from: Columns = ()
    time_format: Annotated[str, AfterValidator(_usable_format)] = ISO
    zone: Annotated[str, AfterValidator(_existing_zone)] = "UTC"
    called_at: Columns = ()
    """When the call rang at a 9-1-1 centre: with it, every row is a call that the centre sheds."""
    call_number: Column | None = None
    location_text: Columns = ()
    latitude: Column | None = None
    longitude: Column | None = None
    constants: IncidentReported = IncidentReported()
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8-sig"
    delimiter: str = Field(",", min_length=1, max_length=1)

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.types and not self.type:
            raise ValueError("types: useless without the key type, the column they stand in")
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude: of use only together with longitude")
        needs_zone = (
            self.occurred_from or self.called_at
        ) and self.time_format != EPOCH_MILLISECONDS
        if needs_zone and "zone" not in self.model_fields_set:
            raise ValueError("zone: missing, it says what the times in occurred_from mean")
        if self.call_number and not self.called_at:
            raise ValueError("call_number: of use only together with called_at")
        return self

    @cached_property
    def _said_otherwise(self) -> dict[str, Any]:
        return self.constants.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def columns(self) -> Iterator[tuple[str, str]]:
        """Every column the mapping reads, with the key that names it."""
        for key in ("id", "description", "occurred_from", "called_at", "location_text"):
            for column in getattr(self, key):
                yield key, column
        for key in ("type", "latitude", "longitude", "call_number"):
            if column := getattr(self, key):
                yield key, column

    def read(self, row: Mapping[str, str]) -> Incident | None:
        """What a row says; None when it has no id and so cannot be told from others."""
        identity = self._identity(row)
        if identity is None:
            return None
        written = _joined(row, self.occurred_from, " ")
        occurred = self._moment(written) if written else None
        facts = {
            "type": self._type(row),
            "description": _joined(row, self.description, "; "),
            "occurred": {"from": timestamp(occurred)} if occurred else None,
            "location": self._location(row),
            "call": self._call(row),
        }
        data = _merged(self._said_otherwise, {k: v for k, v in facts.items() if v})
        event_type = CALL_SHED if self.called_at else INCIDENT_REPORTED
        return Incident(identity, occurred, bool(written) and occurred is None, data, event_type)

    def _call(self, row: Mapping[str, str]) -> dict[str, str]:
        written = _joined(row, self.called_at, " ")
        moment = self._moment(written) if written else None
        number = _cell(row, self.call_number) if self.call_number else ""
        called = timestamp(moment) if moment else written
        return {k: v for k, v in (("called_at", called), ("number", number)) if v}

    def _identity(self, row: Mapping[str, str]) -> str | None:
        parts = [_cell(row, column) for column in self.id]
        if len(parts) > 1:  # so that "a/b", "c" and "a", "b/c" stay two
            parts = [part.replace("%", "%25").replace("/", "%2F") for part in parts]
        return "/".join(parts) if any(parts) else None

    def _type(self, row: Mapping[str, str]) -> str | None:
        given = _cell(row, self.type) if self.type else ""
        return self.types.get(given, given) or None

    def _moment(self, written: str) -> datetime | None:
        try:
            if self.time_format == EPOCH_MILLISECONDS:
                return datetime.fromtimestamp(int(written) / 1000, UTC)
            if self.time_format == ISO:
                moment = datetime.fromisoformat(written)
            else:
                moment = datetime.strptime(written, self.time_format)  # noqa: DTZ007 - zone below
            zoned = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.zone))
            return zoned.astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            return None

    def _location(self, row: Mapping[str, str]) -> dict[str, Any]:
        latitude = _degrees(row, self.latitude)
        longitude = _degrees(row, self.longitude)
        if not latitude and not longitude:  # exports write 0, 0 for a place they do not know
            latitude = longitude = None
        found = {
            "text": _joined(row, self.location_text, ", "),
            "latitude": latitude,
            "longitude": longitude,
        }
        return {name: value for name, value in found.items() if value is not None}


def load_mapping(file: Path) -> PartnerMapping:
    """The mapping in `file`; MappingError with everything that is wrong with it."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise MappingError(f"{file}: {error.strerror}") from None
    except ValueError as error:
        raise MappingError(f"{file}: {error}") from None
    try:
        return PartnerMapping.model_validate(content)
    except ValidationError as error:
        raise MappingError("\n".join(_lines(file, error))) from None


def _lines(file: Path, error: ValidationError) -> Iterator[str]:
    for one in error.errors():
        key = ".".join(map(str, one["loc"]))
        problem = one["msg"].removeprefix("Value error, ")
        yield f"{file}: {key}: {problem}" if key else f"{file}: {problem}"


def _cell(row: Mapping[str, str], column: str) -> str:
    return row[column].strip()


def _joined(row: Mapping[str, str], columns: tuple[str, ...], separator: str) -> str | None:
    texts = [text for column in columns if (text := _cell(row, column))]
    return separator.join(texts) or None


def _degrees(row: Mapping[str, str], column: str | None) -> float | None:
    try:
        degrees = float(_cell(row, column)) if column else math.nan
    except ValueError:
        return None
    return degrees if math.isfinite(degrees) else None


def _merged(constants: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a row, and the constants where it says nothing."""
    merged = dict(constants)
    for name, value in facts.items():
        inside = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = _merged(merged[name], value) if inside else value
    return merged
