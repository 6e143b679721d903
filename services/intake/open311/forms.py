"""Reading a posted form into the body of `POST /api/v1/reports`. Pure; never raises.

An attribute whose code is one of our questions becomes that answer; the others are kept as given,
except the API key, which is a secret and no part of the report.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from services.hazards.structured import SafetyAnswers
from services.intake.domain.salvage import ANSWERS_BY_WEIGHT, salvage_answers
from services.intake.open311.services import QUESTIONS, TIMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ATTRIBUTE: Final = re.compile(r"attribute\[([^\]]+)\](?:\[\])?", re.S)
OURS: Final = frozenset(
    {
        "api_key",
        "jurisdiction_id",
        "service_code",
        "description",
        "address_string",
        "lat",
        "long",
        "first_name",
        "last_name",
        "email",
        "phone",
    }
)
ANSWERED: Final = re.compile(
    rb"attribute(?:\[|%5B)("
    + "|".join(QUESTIONS).encode()
    + rb")(?:\]|%5D)(?:\[\]|%5B%5D)?=(yes|no|unsure)\b",
    re.I,
)


@dataclass(slots=True)
class Form:
    """The form as sent: the last value of each field, every value of each attribute."""

    fields: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def get(self, name: str) -> str | None:
        """A field's value; None for an empty one, which the standard treats as not sent."""
        return self.fields.get(name, "").strip() or None

    @property
    def has_place(self) -> bool:
        """Whether the form names a place, in one of the standard's three ways."""
        both = self.get("lat") and self.get("long")
        return bool(both or self.get("address_string") or self.get("address_id"))


def read_form(raw: bytes, query: Iterable[tuple[str, str]] = ()) -> Form:
    """The form in the body; fields missing there are taken from the query string."""
    form = Form()
    for name, value in (*query, *parse_qsl(raw.decode("utf-8", "replace"))):
        if attribute := ATTRIBUTE.fullmatch(name):
            form.attributes[attribute[1]].append(value)
        else:
            form.fields[name] = value
    return form


def to_body(form: Form) -> dict[str, Any]:
    """The form as the body of a report."""
    attributes = dict(form.attributes)
    safety = {key: _worst(attributes.pop(key)) for key in QUESTIONS if key in attributes}
    occurred = {
        key.removeprefix("occurred_"): attributes.pop(key)[-1] for key in TIMES if key in attributes
    }
    name = " ".join(filter(None, (form.get("first_name"), form.get("last_name"))))
    contact = {"name": name, "email": form.get("email"), "phone": form.get("phone")}
    others: dict[str, Any] = {
        key: value for key, value in form.fields.items() if key not in OURS and value
    }
    if attributes:
        others["attributes"] = attributes
    body = {
        "type": form.get("service_code"),
        "description": form.get("description"),
        "location": _present(
            {
                "text": form.get("address_string"),
                "latitude": _number(form.get("lat")),
                "longitude": _number(form.get("long")),
            }
        ),
        "occurred": occurred,
        "contact": _present(contact),
        "safety": safety,
        "open311": others,
    }
    return _present(body)


def salvage(raw: bytes) -> SafetyAnswers:
    """The worst safety answers anywhere in a body that cannot be parsed."""
    worst = salvage_answers(raw).model_dump(exclude_none=True)
    for name, answer in ANSWERED.findall(raw):
        key = name.decode().lower()
        worst[key] = _worst([worst.get(key, "no"), answer.decode().lower()])
    return SafetyAnswers(**worst)


def _worst(answers: list[str]) -> str:
    """The most dangerous of several answers; if none is known, the last one as given."""
    known = [each.strip().lower() for each in answers]
    known = [each for each in known if each in ANSWERS_BY_WEIGHT]
    return max(known, key=ANSWERS_BY_WEIGHT.index) if known else answers[-1]


def _number(text: str | None) -> float | str | None:
    try:
        number = float(text or "")
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", {}, [])}
