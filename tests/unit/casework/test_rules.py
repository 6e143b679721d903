"""The rule book of casework: given these events, when this is asked, then these events follow."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.casework import (
    CallOpened,
    CaseAssigned,
    CaseKeptForStatistics,
    CaseNumberIssued,
    CaseResolved,
    CaseReviewed,
    CaseworkEvent,
    ReportAttached,
    UrgencyChanged,
)
from services.casework.domain.commands import (
    AddNote,
    Assign,
    CaseCommand,
    KeepForStatistics,
    Resolve,
    Review,
    TakeReport,
)
from services.casework.domain.decide import DECIDER, RefusedError

if TYPE_CHECKING:
    from events.intake import Outcome

FIRST, SECOND = UUID(int=1), UUID(int=2)


def taking(
    report: UUID = FIRST, number: str = "111-111-111", urgency: int = 3, emergency: Outcome = "none"
) -> TakeReport:
    return TakeReport(report, number, "theft", urgency, 2, emergency, "property", None)


OPENED = CallOpened(
    call_number="111-111-111",
    report_id=FIRST,
    report_number="111-111-111",
    type="theft",
    urgency=3,
    severity=2,
    emergency="none",
    desk="property",
)
ATTACHED = ReportAttached(report_id=SECOND, report_number="222-222-222", emergency="none")
ACCEPTED = (CaseReviewed(outcome="accepted"), CaseNumberIssued(case_number="26-000001"))
RESOLVED = CaseResolved(dispositions=("report-taken",))


def when(given_events: list[CaseworkEvent], command: CaseCommand) -> list[CaseworkEvent]:
    return list(DECIDER.decide(command, DECIDER.fold(given_events)))


def test_a_first_report_opens_a_call() -> None:
    assert when([], taking()) == [OPENED]


def test_a_second_report_of_the_incident_is_attached() -> None:
    assert when([OPENED], taking(SECOND, "222-222-222")) == [ATTACHED]


def test_the_same_report_is_taken_once() -> None:
    assert when([OPENED], taking()) == []


def test_an_attached_emergency_makes_the_call_an_emergency() -> None:
    attached = ATTACHED.model_copy(update={"emergency": "divert"})
    assert when([OPENED], taking(SECOND, "222-222-222", 0, "divert")) == [
        attached,
        UrgencyChanged(urgency=0, emergency="divert", reason="attached-report"),
    ]


def test_an_attached_harmless_report_never_lowers_an_emergency() -> None:
    urgent = OPENED.model_copy(update={"urgency": 0, "emergency": "divert"})
    assert when([urgent], taking(SECOND, "222-222-222", 4, "none")) == [ATTACHED]


def test_only_an_accepting_review_issues_a_case_number() -> None:
    assert when([OPENED], Review("accepted", "26-000001")) == list(ACCEPTED)
    assert when([OPENED], Review("returned")) == [CaseReviewed(outcome="returned")]


def test_a_case_gets_one_number_however_often_it_is_accepted() -> None:
    assert when([OPENED, *ACCEPTED], Review("accepted", "26-000002")) == []


def test_a_case_is_not_kept_for_statistics() -> None:
    with pytest.raises(RefusedError, match="already"):
        when([OPENED, *ACCEPTED], KeepForStatistics())


def test_assigning_names_the_officer_and_keeps_the_desk() -> None:
    assert when([OPENED], Assign("officer-1")) == [
        CaseAssigned(officer="officer-1", desk="property")
    ]


@pytest.mark.parametrize("closed", [RESOLVED, CaseKeptForStatistics()])
@pytest.mark.parametrize("command", [Review("accepted", "1"), Assign("officer-1")])
def test_a_closed_call_is_left_alone(closed: CaseworkEvent, command: CaseCommand) -> None:
    with pytest.raises(RefusedError, match="closed"):
        when([OPENED, closed], command)


def test_a_note_may_be_added_to_a_closed_call() -> None:
    (event,) = when([OPENED, RESOLVED], AddNote("found in a drawer"))
    assert event.note.subject == f"report-{FIRST}"  # type: ignore[union-attr]


@pytest.mark.parametrize("count", [0, 6])
def test_a_call_is_resolved_with_one_to_five_dispositions(count: int) -> None:
    with pytest.raises(RefusedError, match="dispositions"):
        when([OPENED], Resolve(tuple(["cleared"] * count)))


@pytest.mark.parametrize("command", [Review("returned"), Assign("a"), AddNote("n"), Resolve(())])
def test_nothing_is_done_to_a_call_that_does_not_exist(command: CaseCommand) -> None:
    with pytest.raises(RefusedError, match="no such call"):
        when([], command)


COMMANDS = st.one_of(
    st.builds(
        taking,
        st.sampled_from([FIRST, SECOND]),
        urgency=st.integers(0, 4),
        emergency=st.sampled_from(["none", "confirm", "divert"]),
    ),
    st.just(Review("accepted", "26-000001")),
    st.builds(Assign, st.sampled_from(["officer-1", "officer-2"])),
    st.just(Resolve(("cleared",))),
    st.just(KeepForStatistics()),
)


@given(st.lists(COMMANDS, max_size=12))
def test_every_command_may_be_retried(commands: list[CaseCommand]) -> None:
    history: list[CaseworkEvent] = []
    for command in commands:
        try:
            history += when(history, command)
        except RefusedError:
            continue
        assert when(history, command) == []


@given(st.lists(COMMANDS, max_size=12))
def test_an_emergency_is_never_lowered_by_software(commands: list[CaseCommand]) -> None:
    order = ["none", "confirm", "divert"]
    history: list[CaseworkEvent] = []
    worst = "none"
    for command in commands:
        before = DECIDER.fold(history)
        try:
            history += when(history, command)
        except RefusedError:
            continue
        if isinstance(command, TakeReport) and command.report_id not in before.reports:
            worst = max(worst, command.emergency, key=order.index)
    assert DECIDER.fold(history).emergency == worst
