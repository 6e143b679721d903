"""What a cosigner answers: statuses of C2SP tlog-witness, and a forked history is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.proofs.checkpoint import Checkpoint
from services.proofs.note import NoteSigner
from services.proofs.tree import ProofError
from services.proofs.witness import (
    Accepted,
    Refused,
    Request,
    Seen,
    decide,
    read_request,
    write_request,
)
from tests.unit.proofs.test_tree import consistency, root_of

ORIGIN = "blotter.test/log"
LOG = NoteSigner(ORIGIN, bytes(range(32)))
LOGS = {ORIGIN: [LOG.verifier]}
EMPTY = Seen()


def signed(size: int, root: bytes | None = None, signer: NoteSigner = LOG) -> str:
    return Checkpoint(ORIGIN, size, root_of(size) if root is None else root).signed([signer])


def ask(request: Request, seen: Seen) -> Accepted | Refused:
    return decide(read_request(write_request(request).encode()), LOGS, {ORIGIN: seen})


@given(st.integers(1, 300), st.integers(0, 300))
def test_growth_is_cosigned(old: int, more: int) -> None:
    new = old + more
    answer = ask(Request(old, consistency(old, new), signed(new)), Seen(old, root_of(old)))
    assert isinstance(answer, Accepted)
    assert answer.seen == Seen(new, root_of(new))


def test_the_first_checkpoint_needs_no_path() -> None:
    assert isinstance(ask(Request(0, (), signed(5)), EMPTY), Accepted)
    assert isinstance(ask(Request(0, (), signed(0)), EMPTY), Accepted)


@pytest.mark.parametrize(
    ("request_", "seen", "status"),
    [
        (Request(0, (), signed(5).replace(ORIGIN + "\n5", "other\n5")), EMPTY, 404),
        (Request(0, (), signed(5, signer=NoteSigner(ORIGIN, bytes(32)))), EMPTY, 403),
        (Request(0, (), signed(5).replace("\n5\n", "\n6\n")), EMPTY, 403),
        (Request(6, (), signed(5)), EMPTY, 400),
        (Request(0, (), "no checkpoint"), EMPTY, 400),
        (Request(3, consistency(3, 5), signed(5)), Seen(4, root_of(4)), 409),
        (Request(0, (), signed(5)), Seen(4, root_of(4)), 409),
        (Request(0, (root_of(1),), signed(5)), EMPTY, 422),
        (Request(0, (), signed(0, root_of(1))), EMPTY, 422),
        (Request(4, (), signed(5)), Seen(4, root_of(4)), 422),
        (Request(4, consistency(3, 5), signed(5)), Seen(4, root_of(4)), 422),
        (Request(5, (root_of(1),), signed(5)), Seen(5, root_of(5)), 422),
    ],
)
def test_a_refusal_has_the_status_of_the_specification(
    request_: Request, seen: Seen, status: int
) -> None:
    answer = ask(request_, seen)
    assert isinstance(answer, Refused)
    assert answer.status == status
    assert answer.size == (seen.size if status == 409 else None)


@given(st.integers(1, 300), st.integers(0, 300))
def test_a_forked_history_is_refused_and_named(old: int, more: int) -> None:
    """The cosigner saw another tree of `old` leaves than the one this checkpoint grew from."""
    new = old + more
    fork = Seen(old, root_of(old + 1))
    answer = ask(Request(old, consistency(old, new), signed(new)), fork)
    assert isinstance(answer, Refused)
    assert (answer.status, answer.alarm) == (422 if more else 409, True)
    assert str(old) in answer.reason


@pytest.mark.parametrize(
    "body", [b"", b"old 1\n", b"old 01\n\nx", b"new 1\n\nx", b"old 1\nAAAA\n\nx", b"\xff", b"old 1"]
)
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(ProofError):
        read_request(body)


def test_a_path_of_more_than_63_hashes_is_refused() -> None:
    with pytest.raises(ProofError):
        read_request(write_request(Request(1, (root_of(1),) * 64, signed(5))).encode())
