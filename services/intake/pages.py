"""The fields of a public form, read tolerantly, and the form as the body of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from services.runtime.clock import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.runtime.problems import ProblemError

Form = dict[str, str]


def after_refusal(form: Form, problem: ProblemError) -> tuple[Form, str]:
    """The form to show again, with the reason; a new key, because its content may change."""
    if problem.name != "idempotency-key-reused":
        return form, f"{problem.title}. {problem.detail}"
    return form | {"form_key": str(new_id())}, (
        "This form was sent before with other content, and that report is filed."
        " Send it again to file this as a report of its own."
    )


def read_form(raw: bytes) -> Form:
    """The fields of a URL-encoded form; the last value of a repeated field. Never raises."""
    text = raw.decode("utf-8", "replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=False, max_num_fields=200))
    except ValueError:
        return {}


def to_body(form: Mapping[str, str]) -> dict[str, Any]:
    """The form as the body of `POST /api/v1/reports`, without type-specific answers."""

    def some(*names: str) -> dict[str, Any]:
        return {name.split("_", 1)[1]: form[name] for name in names if form.get(name)}

    people = some("person_role", "person_description")
    vehicle = some("vehicle_plate", "vehicle_make", "vehicle_model", "vehicle_colour")
    contact = some("contact_name", "contact_phone", "contact_email")
    if contact and form.get("contact_safe"):
        contact["safe_to_contact"] = form["contact_safe"] == "yes"
    body: dict[str, Any] = {
        "type": form.get("type"),
        "description": form.get("description"),
        "occurred": some("occurred_from", "occurred_to"),
        "location": some("location_text") | _coordinates(form),
        "people": [people] if people else [],
        "vehicles": [vehicle] if vehicle else [],
        "contact": contact,
    }
    return {name: value for name, value in body.items() if value}


def _coordinates(form: Mapping[str, str]) -> dict[str, Any]:
    given = {
        name: form[f"location_{name}"]
        for name in ("latitude", "longitude")
        if form.get(f"location_{name}")
    }
    read: dict[str, Any] = {}
    for name, text in given.items():
        try:
            read[name] = float(text)
        except ValueError:
            read[name] = text
    return read
