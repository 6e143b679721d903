"""Reading a report tolerantly: usable facts are parsed, others are kept as given with a warning.

An unusable fact never loses a report (I6). A warning names the field, never its content.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from events.intake import Contact, Person, Statement, Vehicle
from services.hazards.structured import SafetyAnswers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=1)
ANSWERS = ("yes", "no", "unsure")
LONGEST_TYPE = 100
DEEPEST = 20
"""Levels of a value of unknown shape that are searched for texts."""
KNOWN_FIELDS = frozenset(
    {
        "type",
        "description",
        "occurred",
        "location",
        "people",
        "vehicles",
        "contact",
        "safety",
        "purpose",
        "answers",
        "language",
        "attested",
    }
)
PURPOSES = ("live", "exercise")
LANGUAGE = re.compile(r"[A-Za-z]{2}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(slots=True)
class Submission:
    """A report as read: usable facts, the rest as given, and a warning for each of the rest."""

    type: str | None = None
    description: str | None = None
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None
    location_text: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    people: list[Person] = field(default_factory=list)
    vehicles: list[Vehicle] = field(default_factory=list)
    contact: Contact | None = None
    safety: SafetyAnswers = field(default_factory=SafetyAnswers)
    purpose: str = "live"
    answers: dict[str, str] = field(default_factory=dict)
    language: str | None = None
    attested: bool | None = None
    kept_as_given: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def says_something(self) -> bool:
        """Whether there is a description or a type, the minimum of a report."""
        return bool(self.description or self.type)

    def texts(self) -> list[str]:
        """Every text in any field, to be assessed."""
        written = [self.description, self.location_text, *self.answers.values()]
        written += [person.description for person in self.people]
        written += _written(self.kept_as_given)
        return [text for text in written if text]

    def keep(self, name: str, value: Any, warning: str) -> None:
        """Keep a fact as given, with a warning."""
        self.kept_as_given[name] = value
        self.warnings.append(f"{name[:60]}: {warning}; kept as given")

    def statement(self) -> Statement:
        """The personal part of the report."""
        return Statement(
            description=self.description,
            location_text=self.location_text,
            people=tuple(self.people),
            vehicles=tuple(self.vehicles),
            answers=self.answers,
            kept_as_given=self.kept_as_given,
        )


def read_submission(
    body: Mapping[str, Any], known_types: frozenset[str], zone: ZoneInfo, now: datetime
) -> Submission:
    """Read a parsed body tolerantly. Never raises on any JSON object."""
    read = Submission()
    for name in body.keys() - KNOWN_FIELDS:
        read.keep(str(name), body[name], "unknown field")
    read.description = _text(read, "description", body.get("description"))
    _read_type(read, body.get("type"), known_types)
    _read_occurred(read, body.get("occurred"), zone, now)
    _read_location(read, body.get("location"))
    _read_parts(read, body)
    _read_safety(read, body.get("safety"))
    _read_asked(read, body)
    purpose = body.get("purpose", "live")
    if purpose in PURPOSES:
        read.purpose = purpose
    else:
        read.keep("purpose", purpose, "unknown purpose, treated as live")
    return read


def _written(value: Any, depth: int = 0) -> list[str | None]:
    """Every text in a value of unknown shape."""
    if isinstance(value, str):
        return [value]
    if depth > DEEPEST:
        return []
    members = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return []
    return [text for member in members for text in _written(member, depth + 1)]


def _read_asked(read: Submission, body: Mapping[str, Any]) -> None:
    answers = body.get("answers")
    if isinstance(answers, dict):
        for name, value in answers.items():
            if text := _text(read, f"answers.{name}", value):
                read.answers[str(name)[:LONGEST_TYPE]] = text
    elif answers is not None:
        read.keep("answers", answers, "not an object")
    language, attested = body.get("language"), body.get("attested")
    if isinstance(language, str) and LANGUAGE.fullmatch(language):
        read.language = language.lower()
    elif language is not None:
        read.keep("language", language, "not a language of two letters")
    if attested is None or isinstance(attested, bool):
        read.attested = attested
    else:
        read.keep("attested", attested, "neither true nor false")


def _text(read: Submission, name: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        read.keep(name, value, "not a text")
        return None
    return value.strip() or None


def _read_type(read: Submission, value: Any, known_types: frozenset[str]) -> None:
    given = _text(read, "type", value)
    if given is None:
        return
    if len(given) > LONGEST_TYPE or CONTROL.search(given):
        read.keep("type", given, "not a type name")
        return
    read.type = given
    if given not in known_types:
        read.warnings.append("type: not in the catalogue; kept as given")


def _object(read: Submission, name: str, value: Any, known: frozenset[str]) -> Mapping[str, Any]:
    """The object, its unknown members kept as given; empty when the value is no object."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        read.keep(name, value, "not an object")
        return {}
    for member in value.keys() - known:
        read.keep(f"{name}.{member}", value[member], "unknown field")
    return value


def _read_occurred(read: Submission, value: Any, zone: ZoneInfo, now: datetime) -> None:
    occurred = _object(read, "occurred", value, frozenset({"from", "to"}))
    read.occurred_from = _moment(read, "occurred.from", occurred.get("from"), zone, now)
    read.occurred_to = _moment(read, "occurred.to", occurred.get("to"), zone, now)
    if read.occurred_from and read.occurred_to and read.occurred_to < read.occurred_from:
        read.keep("occurred.to", occurred["to"], "before occurred.from")
        read.occurred_to = None


def _moment(
    read: Submission, name: str, value: Any, zone: ZoneInfo, now: datetime
) -> datetime | None:
    text = _text(read, name, value)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        read.keep(name, value, "not a time")
        return None
    if not EARLIEST <= moment <= now + LATEST_AHEAD:
        read.keep(name, value, "not a plausible time")
        return None
    return moment


def _read_location(read: Submission, value: Any) -> None:
    location = _object(read, "location", value, frozenset({"text", "latitude", "longitude"}))
    read.location_text = _text(read, "location.text", location.get("text"))
    latitude = _degrees(read, "location.latitude", location.get("latitude"), 90)
    longitude = _degrees(read, "location.longitude", location.get("longitude"), 180)
    if latitude is not None and longitude is not None:
        read.latitude, read.longitude = latitude, longitude
    elif latitude is not None or longitude is not None:
        name = "location.latitude" if longitude is None else "location.longitude"
        read.keep(name, location.get(name.split(".")[1]), "useless without the other coordinate")


def _degrees(read: Submission, name: str, value: Any, limit: int) -> float | None:
    if value is None:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or abs(value) > limit:
        read.keep(name, value, "outside the world")
        return None
    return round(float(value), 7)


def _read_parts(read: Submission, body: Mapping[str, Any]) -> None:
    person, vehicle = frozenset(Person.model_fields), frozenset(Vehicle.model_fields)
    for members in _members(read, "people", body.get("people"), person):
        read.people.append(Person(**members))
    for members in _members(read, "vehicles", body.get("vehicles"), vehicle):
        read.vehicles.append(Vehicle(**members))
    contact = _object(read, "contact", body.get("contact"), frozenset(Contact.model_fields))
    safe = contact.get("safe_to_contact")
    if safe is not None and not isinstance(safe, bool):
        read.keep("contact.safe_to_contact", safe, "neither true nor false")
        safe = None
    texts = {
        name: _text(read, f"contact.{name}", contact.get(name))
        for name in ("name", "phone", "email")
    }
    if any(texts.values()) or safe is not None:
        read.contact = Contact(**texts, safe_to_contact=safe)


def _members(
    read: Submission, name: str, value: Any, known: frozenset[str]
) -> list[dict[str, str | None]]:
    if value is None:
        return []
    if not isinstance(value, list):
        read.keep(name, value, "not a list")
        return []
    found = []
    for index, item in enumerate(value):
        place = f"{name}.{index}"
        given = _object(read, place, item, known)
        members = {key: _text(read, f"{place}.{key}", given.get(key)) for key in known}
        if any(members.values()):
            found.append(members)
    return found


def _read_safety(read: Submission, value: Any) -> None:
    fields = frozenset(SafetyAnswers.model_fields)
    given = _object(read, "safety", value, fields)
    answers: dict[str, Any] = {}
    for name in fields & given.keys():
        answer = given[name]
        answer = answer.strip().lower() if isinstance(answer, str) else answer
        if answer in ANSWERS:
            answers[name] = answer
        elif answer is not None and answer != "":
            read.keep(f"safety.{name}", given[name], "neither yes, no nor unsure: taken as unsure")
            answers[name] = "unsure"
    read.safety = SafetyAnswers(**answers)
