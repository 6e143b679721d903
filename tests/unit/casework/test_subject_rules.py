"""The rule book of erasing and sealing personal data."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.subjects import (
    DestroyedKey,
    ErasureApproved,
    ErasureDeclined,
    ErasureRequested,
    SubjectErased,
    SubjectEvent,
    SubjectSealed,
    SubjectUnsealed,
)
from services.casework.domain.decide import RefusedError
from services.casework.domain.subject import Circumstances, Subject
from services.casework.domain.subject_commands import (
    ApproveErasure,
    DeclineErasure,
    RequestErasure,
    Seal,
    SubjectCommand,
    Unseal,
)
from services.casework.domain.subject_rules import DECIDER

NUMBER = "111-111-111"
KEYS = (
    DestroyedKey(subject="person-1", fingerprint="aa", epoch=1),
    DestroyedKey(subject="report-1", fingerprint="bb", epoch=1),
)
ONE, TWO = UUID(int=1), UUID(int=2)
CLOSED = Circumstances(known=True, closed=True, keys=KEYS)
UNKNOWN = Circumstances()
OPEN = replace(CLOSED, closed=False)
HELD = replace(CLOSED, holds=frozenset({"CL26-0042"}))
KEYLESS = replace(CLOSED, keys=())

ANNE = RequestErasure(ONE, "expungement", "anne")
REQUESTED = ErasureRequested(
    request_id=ONE, report_number=NUMBER, basis="expungement", requested_by="anne"
)
ERASED = SubjectErased(
    request_id=ONE,
    report_number=NUMBER,
    basis="expungement",
    requested_by="anne",
    approved_by="bob",
    keys=KEYS,
)
SEALED = SubjectSealed(report_number=NUMBER, basis="sealing-order")
DONE = [REQUESTED, ErasureApproved(request_id=ONE), ERASED]


def when(
    given_events: list[SubjectEvent], command: SubjectCommand, now: Circumstances = CLOSED
) -> list[SubjectEvent]:
    state = Subject(circumstances=now, report_number=NUMBER)
    for event in given_events:
        state = DECIDER.evolve(state, event)
    return list(DECIDER.decide(command, state))


def test_one_person_requests_and_another_carries_out() -> None:
    assert when([], ANNE) == [REQUESTED]
    assert when([REQUESTED], ApproveErasure(ONE, "bob")) == DONE[1:]


def test_a_request_can_be_declined_and_another_made() -> None:
    declined = ErasureDeclined(request_id=ONE)
    assert when([REQUESTED], DeclineErasure(ONE)) == [declined]
    (event,) = when([REQUESTED, declined], RequestErasure(TWO, "retention", "bob"))
    assert isinstance(event, ErasureRequested)


def test_what_is_sealed_is_hidden_until_it_is_unsealed() -> None:
    assert when([], Seal("sealing-order")) == [SEALED]
    unsealed = SubjectUnsealed(report_number=NUMBER, basis="court-order")
    assert when([SEALED], Unseal("court-order")) == [unsealed]
    assert when([SEALED, unsealed], Seal("sealing-order")) == [SEALED]


def test_what_is_sealed_can_be_erased() -> None:
    assert when([SEALED, REQUESTED], ApproveErasure(ONE, "bob")) == DONE[1:]


@pytest.mark.parametrize(
    ("past", "command", "now", "why"),
    [
        ([], ANNE, UNKNOWN, "no such report"),
        ([], Seal("sealing-order"), UNKNOWN, "no such report"),
        ([], ANNE, OPEN, "still open"),
        ([], ANNE, HELD, "legal hold stands: CL26-0042"),
        ([], ANNE, KEYLESS, "erased already"),
        (DONE, RequestErasure(TWO, "expungement", "anne"), KEYLESS, "erased already"),
        ([REQUESTED], RequestErasure(TWO, "retention", "bob"), CLOSED, "requested already"),
        ([REQUESTED], ApproveErasure(ONE, "anne"), CLOSED, "the same person"),
        ([REQUESTED], ApproveErasure(ONE, "bob"), HELD, "legal hold"),
        ([REQUESTED], ApproveErasure(ONE, "bob"), OPEN, "still open"),
        ([REQUESTED], ApproveErasure(TWO, "bob"), CLOSED, "no such erasure"),
        ([REQUESTED, ErasureDeclined(request_id=ONE)], ApproveErasure(ONE, "bob"), CLOSED, "no s"),
        ([], DeclineErasure(ONE), CLOSED, "no such erasure"),
        (DONE, DeclineErasure(ONE), KEYLESS, "no such erasure"),
        (DONE, Seal("sealing-order"), KEYLESS, "erased already"),
    ],
)
def test_a_refusal_says_why(
    past: list[SubjectEvent], command: SubjectCommand, now: Circumstances, why: str
) -> None:
    with pytest.raises(RefusedError, match=why):
        when(past, command, now)


COMMANDS = st.one_of(
    st.builds(
        RequestErasure, st.sampled_from([ONE, TWO]), st.just("x"), st.sampled_from(["anne", "bob"])
    ),
    st.builds(ApproveErasure, st.sampled_from([ONE, TWO]), st.sampled_from(["anne", "bob"])),
    st.builds(DeclineErasure, st.sampled_from([ONE, TWO])),
    st.just(Seal("x")),
    st.just(Unseal("x")),
)
STEPS = st.lists(st.tuples(COMMANDS, st.sampled_from([CLOSED, OPEN, HELD])), max_size=12)


def lived(steps: list[tuple[SubjectCommand, Circumstances]]) -> list[SubjectEvent]:
    """The history of these commands, those that were refused left out; each is sent twice."""
    history: list[SubjectEvent] = []
    for command, circumstances in steps:
        gone = any(isinstance(event, SubjectErased) for event in history)
        now = replace(circumstances, keys=()) if gone else circumstances
        try:
            history += when(history, command, now)
        except RefusedError:
            continue
        gone = any(isinstance(event, SubjectErased) for event in history)
        after = replace(now, keys=()) if gone else now
        assert when(history, command, after) == []
    return history


@given(STEPS)
def test_every_command_may_be_retried(
    steps: list[tuple[SubjectCommand, Circumstances]],
) -> None:
    lived(steps)


@given(STEPS)
def test_nobody_is_erased_by_one_person_alone_or_twice(
    steps: list[tuple[SubjectCommand, Circumstances]],
) -> None:
    erasures = [event for event in lived(steps) if isinstance(event, SubjectErased)]
    assert len(erasures) <= 1
    assert all(event.requested_by != event.approved_by for event in erasures)
