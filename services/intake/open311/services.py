"""The services list and definitions: the agency's catalogue in the standard's terms. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.intake.open311.refusals import not_found

if TYPE_CHECKING:
    from services.agency.profile import AgencyProfile, ReportType
    from services.intake.open311.spark import Value

QUESTIONS: Final = {
    "happening_now": "Is it happening now?",
    "suspect_present": "Is the person who did it still there, or coming back?",
    "weapon": "Was a weapon seen or used?",
    "injury": "Is anybody hurt?",
    "fire_smoke_gas": "Is there fire, smoke or a smell of gas?",
    "vulnerable_missing": "Is a child or another vulnerable person missing?",
    "self_harm": "Is somebody thinking of harming themselves?",
}
ANSWERS: Final = {"yes": "Yes", "no": "No", "unsure": "Not sure"}
TIMES: Final = {
    "occurred_from": "When did it happen, or begin?",
    "occurred_to": "When did it end?",
}


def service_list(profile: AgencyProfile) -> list[Value]:
    """Every type that can be reported. Each asks the safety questions, hence `metadata`."""
    return [_service(known) for known in profile.types.values()]


def _service(known: ReportType) -> Value:
    return {
        "service_code": known.id,
        "service_name": known.label,
        "description": known.label,
        "metadata": True,
        "type": known.open311,
        "keywords": ", ".join(known.keywords),
        "group": known.group,
    }


def service_definition(profile: AgencyProfile, code: str) -> Value:
    """The questions of a type. None is required: an incomplete report is better than none."""
    if code not in profile.types:
        raise not_found("service_code was not found.")
    asked: list[dict[str, Value]] = [
        _attribute("emergency", "text", profile.emergency.confirm, variable=False),
        *(_attribute(key, "singlevaluelist", label) for key, label in QUESTIONS.items()),
        *(_attribute(key, "datetime", label) for key, label in TIMES.items()),
    ]
    attributes: list[Value] = [
        {**attribute, "order": order} for order, attribute in enumerate(asked, 1)
    ]
    return {"service_code": code, "attributes": attributes}


def _attribute(
    code: str, datatype: str, description: str, *, variable: bool = True
) -> dict[str, Value]:
    values: list[Value] = [{"key": key, "name": name} for key, name in ANSWERS.items()]
    return {
        "variable": variable,
        "code": code,
        "datatype": datatype,
        "required": False,
        "datatype_description": "2010-01-31T20:15:00-05:00" if datatype == "datetime" else None,
        "order": 0,
        "description": description,
        "values": values if datatype == "singlevaluelist" else [],
    }


def discovery(profile: AgencyProfile, base_url: str) -> Value:
    """Address and formats of the endpoint. Source: wiki.open311.org/Service_Discovery."""
    changeset = profile.digest[:16]
    return {
        "changeset": changeset,
        "contact": profile.open311.contact or profile.name,
        "key_service": profile.open311.key_service or f"Ask {profile.name}.",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": base_url,
                "changeset": changeset,
                "type": "production" if profile.live else "test",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
