"""The catalogue and the AsyncAPI document: committed, equal to the code, and true."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from events.intake import ReportSubmitted
from events.partner import decode_partner
from events.published.catalogue import catalogue
from events.published.described import described_fields
from events.registry import EVENTS
from events.schema import as_bytes
from events.topics import Topics
from services.agency.default import default_agency
from services.agency.loader import load_profile
from services.cli.language import schemas
from services.cli.main import app
from services.cli.usage import USAGE, services_that_read, views_that_read
from services.intake.contract.asyncapi import DEAD_LETTERS, asyncapi
from services.intake.contract.partner_answers import ANSWERED
from services.intake.contract.partner_messages import EXAMPLES, INCIDENT, KINDS, SENT
from services.intake.dead_letters import DeadLetter, _notices
from services.intake.domain.inbound import PartnerReport, read_partner_event
from services.intake.partners.outcome import PartnerOutcome, reply
from services.runtime.kafka import Record

PROJECT = Path(__file__).parents[3]
DOCUMENTS = PROJECT / "deploy" / "events"
GOLDEN = PROJECT / "tests" / "golden"
NOW = datetime(2026, 3, 1, 7, 20, 5, tzinfo=UTC)
WRITTEN = catalogue(GOLDEN, USAGE)
DOCUMENT = asyncapi()
EVENT: dict[str, Any] = DOCUMENT["components"]["messages"]["eventAnswered"]["payload"]


def valid(schema: dict[str, Any], instance: object) -> None:
    """By a schema of the document, whose references point into its components."""
    whole = schema | {"components": DOCUMENT["components"]}
    Draft202012Validator(whole).validate(instance)


def test_the_committed_catalogue_is_what_the_code_gives() -> None:
    """Failing? `blotter events catalogue --out deploy/events/CATALOGUE.md`."""
    assert (DOCUMENTS / "CATALOGUE.md").read_text() == WRITTEN


def test_the_committed_asyncapi_document_is_what_the_code_gives() -> None:
    """Failing? `blotter events asyncapi --out deploy/events/asyncapi.json`."""
    assert (DOCUMENTS / "asyncapi.json").read_bytes() == as_bytes(DOCUMENT)


@pytest.mark.parametrize("verb", ["catalogue", "asyncapi"])
def test_the_verbs_write_these_documents(
    verb: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    out = tmp_path / "made" / verb
    app(["events", verb, "--out", str(out)], result_action="return_value")
    app(["events", verb], result_action="return_value")
    assert capfdbinary.readouterr().out == out.read_bytes() != b""


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_is_described_whole(name: str) -> None:
    section = WRITTEN.split(f"- Stored as: `{name}`")[1].split("\n### ")[0]
    for field in EVENTS[name].model_fields:
        assert f"\n| `{field}` | " in section
    assert "```json" in section
    assert EVENTS[name].__doc__


def test_personal_fields_are_marked_with_what_is_inside() -> None:
    fields = {field.name: field for field in described_fields(ReportSubmitted)}
    marked = {name for name, field in fields.items() if field.personal}
    assert marked >= {"statement", "contact", "pin_hash"}
    assert fields["contact"].type == "[Contact](#contact) or nothing"
    assert not fields["channel"].personal
    assert fields["latitude"].unit == "degrees, WGS 84"


def test_who_reads_an_event_is_derived() -> None:
    assert "triage" in services_that_read(ReportSubmitted)
    assert "casework" not in services_that_read(ReportSubmitted)
    assert "case-status" in views_that_read(ReportSubmitted)


def test_an_incident_as_in_the_document_is_accepted_in_both_modes() -> None:
    profile = load_profile(default_agency())
    data = orjson.dumps(INCIDENT)
    binary = [(f"ce_{name}", text.encode()) for name, text in SENT.items()]
    structured = orjson.dumps(SENT | {"data": INCIDENT})
    read = [
        read_partner_event("slopd", headers, value, profile.known_types, profile.zone, NOW)
        for headers, value in [
            ([("content-type", b"application/json"), *binary], data),
            ([("content-type", b"application/cloudevents+json")], structured),
        ]
    ]
    assert read[0] == read[1]
    assert isinstance(read[0], PartnerReport)
    assert not read[0].warnings


@pytest.mark.parametrize("kind", list(EXAMPLES))
def test_every_example_of_the_document_is_read_without_a_warning(kind: str) -> None:
    profile = load_profile(default_agency())
    value = orjson.dumps(SENT | {"type": KINDS[kind], "data": EXAMPLES[kind]})
    headers = [("content-type", b"application/cloudevents+json")]
    known_types, zone = profile.known_types, profile.zone
    assert not read_partner_event("slopd", headers, value, known_types, zone, NOW).warnings


@pytest.mark.parametrize("message", sorted(DOCUMENT["components"]["messages"]))
def test_the_examples_are_valid(message: str) -> None:
    described = DOCUMENT["components"]["messages"][message]
    for example in described["examples"]:
        valid(described["payload"], example["payload"])
        valid(described["headers"], example["headers"])


def test_what_partners_are_really_answered_is_as_described() -> None:
    profile = load_profile(default_agency())
    told = PartnerOutcome(
        "p",
        "42",
        UUID(int=1),
        b"digest",
        "accepted",
        "divert",
        purpose="live",
        report_number="R-26-000001",
        revision=2,
        warnings=("type: kept as given",),
    )
    record = Record("blotter.inbound.p", 3, 17, None, b"{}", (), None)
    letter = DeadLetter.of("p", record, "no data")
    messages = [reply(Topics(), profile, told, NOW), _notices(Topics(), letter, NOW)[1]]
    for message in messages:
        body = orjson.loads(message.body)
        assert (message.topic, body["type"]) == ("blotter.replies.p", ANSWERED)
        valid(EVENT, body)
        Draft202012Validator(schemas()[ANSWERED]).validate(body["data"])


def test_the_document_s_own_schemas_are_the_published_ones() -> None:
    """Word for word, but for where references point."""
    text = as_bytes(schemas()[ANSWERED]).replace(b"#/$defs/", b"#/components/schemas/")
    published = orjson.loads(text)
    found = DOCUMENT["components"]["schemas"]
    assert found["EventAnswered"]["anyOf"] == published["anyOf"]
    assert published["$defs"].items() <= found.items()


def test_the_reasons_named_cover_every_refusal_of_an_envelope() -> None:
    assert len(DEAD_LETTERS["reasons"]) >= 8
    with pytest.raises(ValueError, match="no data"):
        decode_partner([], b"")
