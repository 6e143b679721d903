"""An agency's dated rules for retention, erasure and public records, as data.

Every row has the day from which (and until which) it is in force, so that a change of the law is a
new row. Days are calendar days unless called business days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Code = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Words = Annotated[str, Field(min_length=1)]
Act = Literal["erase", "seal", "unseal"]
RETENTION_BASIS = "retention"
"""The basis of a disposal under the schedule; required in every agency's table."""
SATURDAY = 5


class _Dated(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    title: Words
    citation: Words
    since: date
    until: date | None = None
    """The first day it is no longer in force."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until <= self.since:
            raise ValueError("until is not after since")
        return self

    def in_force(self, day: date) -> bool:
        """Whether it is in force on this day."""
        return self.since <= day and (self.until is None or day < self.until)


class Basis(_Dated):
    """A legal basis on which personal data may be erased, sealed or unsealed."""

    allows: tuple[Act, ...] = Field(min_length=1)


class Schedule(_Dated):
    """How long records are kept, counted from the day their call was closed."""

    keep_days: Annotated[int, Field(ge=0)]
    types: tuple[Code, ...] = ()
    """Types of the catalogue; empty: all."""
    outcomes: tuple[Literal["resolved", "kept-for-statistics"], ...] = ()
    """How the call was closed; empty: any outcome."""

    def applies(self, type_: str, outcome: str, day: date) -> bool:
        """Whether a record of this type and outcome is covered on this day."""
        return (
            self.in_force(day)
            and (not self.types or type_ in self.types)
            and (not self.outcomes or outcome in self.outcomes)
        )


class Exemption(_Dated):
    """An exemption: members of events that may be withheld from a public record."""

    redacts: tuple[Words, ...] = Field(min_length=1)


class RecordsClock(_Dated):
    """The deadlines for answering a request for public records."""

    answer_business_days: Annotated[int, Field(ge=1)]
    extension_business_days: Annotated[int, Field(ge=0)] = 0


class Holidays(BaseModel):
    """Days besides week-ends on which the agency's office is closed, as far as published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    known_through: date
    dates: Mapping[date, Words]


class HolidaysUnknownError(Exception):
    """The table of holidays ends too early to count business days; the message says where."""


@dataclass(frozen=True, slots=True)
class Due:
    """The day a record is due for disposal, and the rule."""

    on: date
    rule: Schedule


class Retention(BaseModel):
    """All rules. The first row of a kind that is in force and applies decides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backups_kept_days: Annotated[int, Field(ge=0)]
    """How long the oldest backup is kept; the keys of old epochs are needed as long."""
    dead_letters_kept_days: Annotated[int, Field(ge=1)]
    """How long the original of a dead letter is kept."""
    bases: tuple[Basis, ...] = Field(min_length=1)
    schedule: tuple[Schedule, ...]
    exemptions: tuple[Exemption, ...]
    records_clock: tuple[RecordsClock, ...] = Field(min_length=1)
    holidays: Holidays

    def basis(self, code: str, act: Act, day: date) -> Basis | None:
        """The basis of this code for this act on this day."""
        return next(
            (b for b in self.bases if b.code == code and act in b.allows and b.in_force(day)), None
        )

    def codes(self, act: Act, day: date) -> list[str]:
        """The codes of the bases for this act on this day."""
        return sorted({b.code for b in self.bases if act in b.allows and b.in_force(day)})

    def due(self, type_: str, outcome: str, closed_on: date, day: date) -> Due | None:
        """When a record is due for disposal, by the rules in force on `day`; None: never."""
        rule = next((rule for rule in self.schedule if rule.applies(type_, outcome, day)), None)
        return Due(closed_on + timedelta(days=rule.keep_days), rule) if rule else None

    def clock(self, day: date) -> RecordsClock | None:
        """The deadlines for a request received on this day."""
        return next((clock for clock in self.records_clock if clock.in_force(day)), None)

    def exemption_of(self, field: str, day: date) -> Exemption | None:
        """The exemption under which this member of an event is withheld."""
        return next(
            (each for each in self.exemptions if field in each.redacts and each.in_force(day)), None
        )

    def after_business_days(self, day: date, count: int) -> date:
        """The `count`th business day after `day`; HolidaysUnknownError beyond the table."""
        while count:
            day += timedelta(days=1)
            if day > self.holidays.known_through:
                raise HolidaysUnknownError(
                    f"holidays are known through {self.holidays.known_through}: extend the table"
                )
            count -= day.weekday() < SATURDAY and day not in self.holidays.dates
        return day
