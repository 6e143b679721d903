"""A rehearsal: the same bundle differs in nothing, a planted change is found, nothing is missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import Purpose
from events.intake import EmergencyAssessment, ReportSubmitted, Statement
from events.personal import Personal
from events.triage import BundleActivated, GateFigure
from services.agency.loader import ProfileError
from services.triage.bundle_files import build
from services.triage.domain.activations import (
    Activations,
    NotNowError,
    Rehearsal,
    check_gates,
    may_promote,
    roll_back_to,
)
from services.triage.domain.bundle import read_bundle
from services.triage.domain.decision import ReportFacts
from services.triage.domain.gates import Figures, Limits, judged
from services.triage.domain.shadow import BundleReplay, PastReport, Shadow
from services.triage.gates_file import FILE, limits_on
from tests.unit.events.strategies import few
from tests.unit.triage.conftest import CHESTERFIELD

if TYPE_CHECKING:
    from pathlib import Path

    from services.triage.domain.bundle import Bundle
    from services.triage.domain.shadow import Difference

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONTENT, BUNDLE = build(CHESTERFIELD)
WORDS = ("loud party", "dog barks", "graffiti on the wall", "", "stolen bicycle", "fire!", "???")
QUIET: Any = dict.fromkeys(
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


def changed(change: Any) -> Bundle:
    """The pilot's bundle with something in it changed."""
    raw = orjson.loads(CONTENT)
    change(raw)
    return read_bundle(orjson.dumps(raw))


def never_links(raw: dict[str, Any]) -> None:
    raw["duplicates"]["prior"] = -40_000


NEVER_LINKING = changed(never_links)


def moves_noise(raw: dict[str, Any]) -> None:
    types = raw["profile"]["types.toml"]
    head, name, tail = types.partition("[types.noise]")
    raw["profile"]["types.toml"] = head + name + tail.replace("severity = 1", "severity = 2", 1)


def report(number: int, text: str, place: int = 0, minutes: int = 0, **given: Any) -> ReportFacts:
    moment = NOON + timedelta(minutes=minutes)
    submitted = ReportSubmitted(
        report_number=f"000-000-{number:03}",
        channel="api",
        latitude=37.38 + place / 100,
        longitude=-77.5,
        occurred_from=moment,
        safety=QUIET,
        emergency=EmergencyAssessment(
            outcome=given.get("outcome", "none"), rules=(), rules_version="1"
        ),
        statement=Personal(subject=f"report-{number}", value=Statement(description=text)),
        type=given.get("type"),
    )
    place_name = f"{place + 1} Main St"
    return ReportFacts(UUID(int=number), submitted, text, Purpose.LIVE, moment, place_name)


def decided(bundle: Bundle, batches: list[list[ReportFacts]]) -> list[list[PastReport]]:
    """The past as triage made it with this bundle."""
    lane, found = BundleReplay(bundle), list[list[PastReport]]()
    for batch in batches:
        for facts in batch:
            lane.add_candidate(facts)
        found.append([PastReport(f, lane.decide(f, f.received_at)) for f in batch])
    return found


def rehearsed(
    baseline: Bundle, candidate: Bundle, batches: list[list[PastReport]]
) -> tuple[list[Difference], Figures]:
    shadow = Shadow(BundleReplay(baseline), BundleReplay(candidate))
    found = [each for batch in batches for each in shadow.batch(batch)]
    return found, shadow.figures()


histories = st.lists(
    st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 2), st.integers(0, 300)), max_size=4),
    max_size=6,
)


def batches_of(drawn: Any) -> list[list[ReportFacts]]:
    number, found = 0, list[list[ReportFacts]]()
    for batch in drawn:
        found.append([])
        for text, place, minutes in batch:
            number += 1
            found[-1].append(report(number, text, place, minutes))
    return found


@few
@given(histories)
def test_the_same_bundle_differs_in_nothing_and_gives_what_is_recorded(drawn: Any) -> None:
    history = decided(BUNDLE, batches_of(drawn))
    differences, figures = rehearsed(BUNDLE, BUNDLE, history)
    assert differences == []
    assert figures.as_recorded == figures.reports == sum(map(len, history))
    assert all(gate.passed for gate in judged(figures, Limits(least_days=0, least_reports=0)))


@few
@given(histories)
def test_links_are_lost_exactly_where_there_were_some(drawn: Any) -> None:
    history = decided(BUNDLE, batches_of(drawn))
    differences, figures = rehearsed(BUNDLE, NEVER_LINKING, history)
    linked = {
        past.recorded.report_number
        for batch in history
        for past in batch
        if past.recorded.anchor != past.recorded.report_id
    }
    assert {d.report_number for d in differences if "link_lost" in d.kinds} == linked
    assert figures.link_lost == figures.links == len(linked)
    assert figures.link_gained == 0


def test_a_link_that_is_lost_is_told_with_the_reasons_of_both_sides(the_bundle: Bundle) -> None:
    party = "a loud party with bass and shouting in the garden behind"
    history = decided(the_bundle, [[report(1, party)], [report(2, party, 0, 1)]])
    (found,), _ = rehearsed(the_bundle, changed(never_links), history)
    assert found.kinds == ("link_lost",)
    assert found.before["links"][0]["to"] == "000-000-001"
    assert found.after["links"] == []
    assert {reason["of"] for reason in found.after["reasons"]} >= {"type", "urgency", "links"}
    assert "garden" not in str(found)


def test_another_severity_is_found(the_bundle: Bundle) -> None:
    other = changed(moves_noise)
    assert other.profile.types["noise"].severity != the_bundle.profile.types["noise"].severity
    history = decided(the_bundle, [[report(1, "a loud party next door")]])
    (found,), figures = rehearsed(the_bundle, other, history)
    assert found.kinds == ("severity_changed",)
    assert figures.severity_changed == 1


def test_an_emergency_that_is_lost_fails_the_gate(the_bundle: Bundle) -> None:
    def asks_no_more(raw: dict[str, Any]) -> None:
        types = raw["profile"]["types.toml"]
        raw["profile"]["types.toml"] = types.replace(
            'in_progress = "divert"', 'in_progress = "urgent"'
        )

    kind = next(t.id for t in the_bundle.profile.types.values() if t.in_progress == "divert")
    facts = report(1, "", type=kind)
    facts.submitted.safety["happening_now"] = "yes"
    history = decided(the_bundle, [[facts]])
    assert history[0][0].recorded.emergency == "divert"
    (found,), figures = rehearsed(the_bundle, changed(asks_no_more), history)
    assert found.kinds[0] == "emergency_lost"
    failed = [g.gate for g in judged(figures, Limits()) if not g.passed]
    assert "emergencies_lost" in failed


def test_what_came_before_the_range_is_known_as_it_was_decided(the_bundle: Bundle) -> None:
    party = "a loud party with bass and shouting in the garden behind"
    history = decided(the_bundle, [[report(1, party)], [report(2, party, 0, 1)]])
    shadow = Shadow(BundleReplay(the_bundle), BundleReplay(the_bundle))
    shadow.before(history[0])
    assert list(shadow.batch(history[1])) == []
    assert shadow.figures() == Figures(reports=1, as_recorded=1, links=1)


def test_a_link_that_was_taken_back_is_followed_no_more(the_bundle: Bundle) -> None:
    shadow = Shadow(BundleReplay(the_bundle), BundleReplay(the_bundle))
    history = decided(the_bundle, [[report(1, "party")], [report(2, "party", 0, 1)]])
    for batch in history:
        list(shadow.batch(batch))
    shadow.retract(UUID(int=2))
    shadow.retract(UUID(int=99))
    lane = shadow.candidate
    facts = report(3, "party", 0, 2)
    lane.add_candidate(facts)
    around = lane.index.around(lane._known[facts.report_id].traits, 10_000)
    assert {each.report_id.int: each.anchor and each.anchor.int for each in around} == {1: 1, 2: 2}


def activation(number: int, how: Any = "promoted", **effective: int) -> BundleActivated:
    return BundleActivated(
        bundle=f"{number:064x}",
        how=how,
        effective={k[1:]: v for k, v in effective.items()},
        reason="r",
        activated_at=NOON + timedelta(hours=number),
    )


ONE, TWO = activation(1, "first"), activation(2, "promoted", p0=5, p3=2)


@pytest.mark.parametrize(
    ("place", "number", "expected"),
    [(0, 1, ONE), (0, 4, ONE), (0, 5, TWO), (3, 1, ONE), (3, 2, TWO), (7, 1, TWO), (0, None, TWO)],
)
def test_a_number_is_decided_by_the_bundle_that_it_falls_under(
    place: int, number: int | None, expected: BundleActivated
) -> None:
    assert Activations((ONE, TWO)).at(place, number) == expected.bundle


def test_rolling_back_goes_down_what_was_put_up() -> None:
    three = activation(3)
    back = activation(2, "rolled-back")
    assert roll_back_to(Activations((ONE, TWO, three)), three.bundle) == TWO.bundle
    after = Activations((ONE, TWO, three, back))
    assert roll_back_to(after, three.bundle) is None
    assert roll_back_to(after, TWO.bundle) == ONE.bundle
    with pytest.raises(NotNowError, match="never"):
        roll_back_to(after, "f" * 64)


PASSED = (GateFigure(gate="emergencies_lost", value=0, limit=0, passed=True),)


@pytest.mark.parametrize(
    ("bundle", "baseline", "hours"),
    [(3, 1, 5), (4, 2, 5), (3, 2, 1)],
    ids=["against another", "of another", "before the one in force"],
)
def test_only_a_rehearsal_of_exactly_this_change_counts(
    bundle: int, baseline: int, hours: int
) -> None:
    began = NOON + timedelta(hours=hours)
    run = Rehearsal(UUID(int=1), f"{bundle:064x}", f"{baseline:064x}", began, PASSED)
    to_do, found = may_promote(Activations((ONE, TWO)), f"{3:064x}", [run])
    assert to_do
    assert found is None
    with pytest.raises(NotNowError, match="no finished rehearsal"):
        check_gates(found)


def test_the_newest_rehearsal_counts_even_if_an_older_one_passed() -> None:
    failed = (PASSED[0].model_copy(update={"value": 2.0, "passed": False}),)
    runs = [
        Rehearsal(UUID(int=n), f"{3:064x}", TWO.bundle, NOON + timedelta(hours=4 + n), gates)
        for n, gates in ((1, PASSED), (2, failed))
    ]
    _, found = may_promote(Activations((ONE, TWO)), f"{3:064x}", runs)
    assert found is not None
    with pytest.raises(NotNowError, match="emergencies_lost 2"):
        check_gates(found)


def test_too_little_history_fails_and_no_gates_are_no_pass() -> None:
    gates = judged(Figures(reports=199, days=6), Limits())
    assert [g.gate for g in gates if not g.passed] == ["least_days", "least_reports"]
    assert not Rehearsal(UUID(int=1), "", "", NOON, ()).passed


def test_the_row_of_the_day_holds(tmp_path: Path) -> None:
    rows = "[[gates]]\nsince = {}\nleast_reports = {}\n"
    (tmp_path / FILE).write_text(rows.format("2026-02-01", 2) + rows.format("2026-01-01", 1))
    assert limits_on(tmp_path, date(2026, 1, 31)).least_reports == 1
    assert limits_on(tmp_path, date(2026, 2, 1)).least_reports == 2
    with pytest.raises(ProfileError, match="no row"):
        limits_on(tmp_path, date(2025, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gates = 1",
        "[[gates]]\nodd = 1",
        "[[gates]]\nleast_days = -1",
        "[[gates]",
        "[[gates]]\nsince = 2026-01-01\n[[gates]]\nsince = 2026-01-01",
    ],
)
def test_a_file_of_gates_that_is_wrong_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ProfileError, match=FILE):
        limits_on(tmp_path, date(2027, 1, 1))


def test_the_pilots_gates_can_be_read() -> None:
    assert limits_on(CHESTERFIELD, date(2026, 11, 24)).emergencies_lost == 0
