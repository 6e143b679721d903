"""One artefact, one hash; what fails its gates cannot be used; a decision is always made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import pytest

from events.envelope import Purpose
from events.intake import EmergencyAssessment, ReportSubmitted, Statement
from events.personal import Personal
from services.hazards.structured import OUTCOMES
from services.local.offline import decided
from services.triage.bundle_files import build, usable
from services.triage.domain.bundle import BundleError, read_bundle
from services.triage.domain.decision import ReportFacts, consider, decide
from tests.unit.triage.conftest import CHESTERFIELD

if TYPE_CHECKING:
    from services.hazards.structured import Outcome
    from services.triage.domain.bundle import Bundle

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
QUIET: dict[str, Any] = {
    "safety": dict.fromkeys(
        (
            "weapon",
            "injury",
            "fire_smoke_gas",
            "self_harm",
            "vulnerable_missing",
            "happening_now",
            "suspect_present",
        ),
        "no",
    )
}


def decisions(bundle: Bundle, *bodies: dict[str, Any]) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in decided(bundle, bodies, NOW)]


def changed(**parts: Any) -> bytes:
    return orjson.dumps({**orjson.loads(build(CHESTERFIELD)[0]), **parts})


def test_the_same_parts_have_the_same_hash() -> None:
    assert build(CHESTERFIELD)[1].digest == build(CHESTERFIELD)[1].digest


def test_a_changed_weight_is_another_bundle(the_bundle: Bundle) -> None:
    other = {"duplicates": {**the_bundle.duplicates.model_dump(mode="json"), "cited": 1}}
    assert read_bundle(changed(**other)).digest != the_bundle.digest


def test_another_lexicon_is_another_bundle(
    the_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.triage.domain.bundle.rules_version", lambda: "L0/1 L1/9-ffffffff")
    assert build(CHESTERFIELD)[1].digest != the_bundle.digest


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"format": 1}',
        changed(rules=["L0/0"]),
        changed(profile={}),
        changed(duplicates={"prior": "x"}),
        changed(duplicates={"odd": 1}),
        changed(calibration=None),
        changed(classifier={"labels": []}),
        changed(duplicates={"time": [[60, 1], [10, 2]]}),
    ],
    ids=range(12),
)
def test_what_is_no_bundle_is_refused(content: bytes) -> None:
    with pytest.raises(BundleError):
        usable(content)


def test_a_bundle_that_fails_its_gates_cannot_be_used() -> None:
    strange = {"labels": ["a-type-nobody-knows"], "priors": [0], "weights": {}}
    with pytest.raises(BundleError, match="fails its gates"):
        usable(changed(classifier=strange))


def test_the_fields_of_a_decision(the_bundle: Bundle) -> None:
    (found,) = decisions(the_bundle, {"id": "x", "description": "Loud party", **QUIET})
    assert {
        "id",
        "emergency",
        "type",
        "group",
        "urgency",
        "severity",
        "district",
        "route",
        "links",
        "reasons",
    } <= found.keys()
    assert (found["id"], found["type"], found["emergency"]) == ("x", "noise", "none")


def test_duplicates_among_the_lines_count(the_bundle: Bundle) -> None:
    place = {"location": {"text": "12 Main St", "latitude": 37.38, "longitude": -77.5}}
    first = {"id": 1, "type": "Not Ours", "occurred": {"from": "2026-11-20T10:00:00Z"}, **place}
    second = {**first, "id": 2, "occurred": {"from": "2026-11-20T10:05:00Z"}}
    other = {**second, "id": 3, "type": "Nor This"}
    found = decisions(the_bundle, first, second, other)
    assert [link["to"] for link in found[1]["links"]] == [1]
    assert found[1]["links"][0]["action"] == "auto"
    assert found[1]["type"] == "Not Ours"
    assert all(link["action"] == "suggest" for link in found[2]["links"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": None},
        {"description": ""},
        {"description": "x" * 100_000},
        {"description": "dog " * 25_000},
        {"description": "🐕🔥" * 100},
        {"description": "كلب ينبح طوال الليل"},
        {"description": "MY CAR WAS STOLEN!!!"},
        {"description": "uh yeah so the the dog um barkin an an wont stop"},
        {"description": "me robaron el carro anoche"},
        {"description": "смешанный text ñ"},
        {"description": 7, "location": "x", "vehicles": "y", "safety": [], "contact": 1},
        {"description": "theft", "location": {"latitude": 95, "longitude": 1}},
        {"description": "theft", "occurred": {"from": "2999-01-01", "to": "yesterday"}},
        {"description": "theft", "vehicles": [{"plate": "UNKNOWN"}, {"plate": "\x00"}]},
        {"type": "x" * 500},
        {"type": "\u202eevil"},
        {"description": "\ud800"},
    ],
    ids=range(18),
)
def test_a_decision_is_always_made(the_bundle: Bundle, body: dict[str, Any]) -> None:
    (found,) = decisions(the_bundle, body)
    assert found["emergency"] in ("none", "confirm", "divert")
    assert found["route"] in the_bundle.profile.desks
    assert not any(reason["rule"] == "undecidable" for reason in found["reasons"])


def test_what_is_not_sure_enough_is_left_to_a_person(the_bundle: Bundle) -> None:
    (found,) = decisions(the_bundle, {"description": "it happened over there", **QUIET})
    assert (found["type"], found["route"]) == ("unclassified", "review")


def test_the_same_lines_give_the_same_bytes(the_bundle: Bundle) -> None:
    lines = [
        {"id": n, "description": "a dog barks", "location": {"latitude": 37.4, "longitude": -77.5}}
        for n in range(50)
    ]
    assert list(decided(the_bundle, lines, NOW)) == list(decided(the_bundle, lines, NOW))


def test_a_line_that_nobody_asked_about_safety_is_not_marked(the_bundle: Bundle) -> None:
    (decision,) = decisions(the_bundle, {"type": "graffiti", "description": "tags on a wall"})
    assert decision["emergency"] == "none"


@pytest.mark.parametrize("safety", [{}, {"weapon": "no"}, "nonsense"])
def test_a_line_that_was_asked_is_decided_like_a_live_report(
    the_bundle: Bundle, safety: object
) -> None:
    (decision,) = decisions(the_bundle, {"description": "tags on a wall", "safety": safety})
    assert decision["emergency"] == "confirm"


@pytest.mark.parametrize("body", [{}, QUIET])
def test_words_of_danger_divert_whether_or_not_anybody_was_asked(
    the_bundle: Bundle, body: dict[str, Any]
) -> None:
    (decision,) = decisions(
        the_bundle, {"description": "a man is pointing a gun at us right now", **body}
    )
    assert decision["emergency"] == "divert"


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("recorded", ["none", "confirm", "divert"])
def test_what_was_recorded_with_a_report_is_the_floor(
    the_bundle: Bundle, recorded: Outcome, *, asked: bool
) -> None:
    decision = decide(the_bundle, consider(the_bundle, silent(recorded, asked=asked)), (), NOW)
    live_least: Outcome = "confirm" if asked else "none"
    assert decision.emergency == max(recorded, live_least, key=OUTCOMES.index)


def silent(recorded: Outcome, *, asked: bool) -> ReportFacts:
    """A live report without a single safety answer."""
    submitted = ReportSubmitted(
        report_number="000-000-001",
        channel="api",
        type="graffiti",
        safety={},
        emergency=EmergencyAssessment(outcome=recorded, rules=("R",), rules_version="1"),
        statement=Personal(subject="report-1", value=Statement(description="tags")),
    )
    return ReportFacts(UUID(int=1), submitted, "", Purpose.LIVE, NOW, asked=asked)
