"""The cosigner over HTTP: one history of each log, whatever is shown to it and whenever it dies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from services.cosigner.memory import Memory, StateError
from services.cosigner.own_key import OwnKeyError, make_key
from services.proofs import note
from services.proofs.checkpoint import Checkpoint, open_checkpoint
from services.proofs.note import NoteSigner
from services.proofs.witness import Request
from tests.acceptance.installation import free_port
from tests.integration.cosigner.office import DIES_BEFORE_ANSWERING, OtherOffice, an_office
from tests.unit.proofs.test_tree import consistency, root_of

if TYPE_CHECKING:
    from pathlib import Path

LOG = NoteSigner("county.test/log", bytes(range(32)))
OTHER_LOG = NoteSigner("city.test/log", bytes(range(1, 33)))


def signed(size: int, root: bytes | None = None, log: NoteSigner = LOG) -> str:
    return Checkpoint(log.name, size, root_of(size) if root is None else root).signed([log])


@pytest.fixture
def office(tmp_path: Path) -> OtherOffice:
    made = an_office(tmp_path)
    made.pin([LOG.verifier, OTHER_LOG.verifier])
    return made


def cosigned(office: OtherOffice, request: Request) -> int:
    """The size that was cosigned; fails when the answer is no cosignature of it."""
    answer = office.ask(request)
    assert answer.status_code == 200, answer.text
    whole = request.checkpoint + answer.text
    assert open_checkpoint(whole, [office.verifier]) == open_checkpoint(whole, [LOG.verifier])
    return open_checkpoint(whole, [office.verifier]).size


def test_growth_is_cosigned_and_older_sizes_are_told_ours(office: OtherOffice) -> None:
    with office.running():
        assert cosigned(office, Request(0, (), signed(3))) == 3
        assert cosigned(office, Request(3, consistency(3, 8), signed(8))) == 8
        assert cosigned(office, Request(8, (), signed(8))) == 8, "a replay is harmless"
        for stale in (Request(0, (), signed(3)), Request(3, consistency(3, 8), signed(8))):
            told = office.ask(stale)
            assert (told.status_code, told.text) == (409, "8\n")
            assert told.headers["content-type"] == "text/x.tlog.size"


def test_who_is_not_known_is_told_so(office: OtherOffice) -> None:
    stranger = NoteSigner("stranger.test/log", bytes(32))
    impostor = NoteSigner(LOG.name, bytes(32))
    with office.running():
        assert office.ask(Request(0, (), signed(3, log=stranger))).status_code == 404
        assert office.ask(Request(0, (), signed(3, log=impostor))).status_code == 403
        assert office.ask(Request(9, (), signed(3))).status_code == 400
        assert httpx.post(f"{office.url}/add-checkpoint", content=b"?").status_code == 400
        long = b"x" * (note.MAXIMUM_BYTES + 1)
        assert httpx.post(f"{office.url}/add-checkpoint", content=long).status_code == 413
        assert httpx.get(f"{office.url}/add-checkpoint").status_code == 405
    assert office.memory().logs() == []


def test_a_forked_history_is_refused_and_the_first_bad_size_named(office: OtherOffice) -> None:
    with office.running():
        cosigned(office, Request(0, (), signed(5)))
        other = office.ask(Request(5, (), signed(5, root_of(4))))
        assert (other.status_code, other.text) == (409, "5\n")
        longer = office.ask(Request(5, consistency(4, 9), signed(9, root_of(4))))
        assert longer.status_code == 422
        assert "5 events are not shown to be the first of 9" in longer.json()["detail"]
        assert cosigned(office, Request(5, consistency(5, 9), signed(9))) == 9
    (log,) = office.memory().logs()
    assert (log.origin, log.size) == (LOG.name, 9)
    assert [first_bad for first_bad, _, _ in log.alarms] == [5, 5]


def test_two_logs_do_not_disturb_one_another(office: OtherOffice) -> None:
    with office.running():
        cosigned(office, Request(0, (), signed(5)))
        assert office.ask(Request(0, (), signed(2, log=OTHER_LOG))).status_code == 200
        assert cosigned(office, Request(5, consistency(5, 6), signed(6))) == 6
    assert [(log.origin, log.size) for log in office.memory().logs()] == [
        (OTHER_LOG.name, 2),
        (LOG.name, 6),
    ]


def test_killed_before_its_answer_it_never_cosigns_a_second_history(office: OtherOffice) -> None:
    with office.running():
        cosigned(office, Request(0, (), signed(4)))
    with office.running(DIES_BEFORE_ANSWERING) as dying:
        with pytest.raises(httpx.HTTPError):
            office.ask(Request(4, consistency(4, 7), signed(7)))
        assert dying.wait(10) == -9
    with office.running():
        fork = office.ask(Request(4, consistency(4, 6), signed(6)))
        assert (fork.status_code, fork.text) == (409, "7\n")
        assert office.ask(Request(7, (), signed(7, root_of(6)))).status_code == 409
        assert cosigned(office, Request(7, (), signed(7))) == 7


def test_of_many_histories_at_once_one_is_cosigned(office: OtherOffice) -> None:
    forks = [Request(0, (), signed(9, root_of(size))) for size in range(1, 25)]
    with office.running(), ThreadPoolExecutor(12) as threads:
        statuses = [answer.status_code for answer in threads.map(office.ask, forks)]
    assert sorted(statuses) == [200] + [409] * 23


def test_two_processes_with_one_memory_cosign_one_history(office: OtherOffice) -> None:
    second = OtherOffice(office.directory, free_port())
    with office.running(), second.running(), ThreadPoolExecutor(2) as threads:
        for size in range(1, 30):
            forks = [Request(0, (), signed(size, root_of(size + n))) for n in (0, 1)]
            asked = [threads.submit(o.ask, r) for o, r in zip((office, second), forks, strict=True)]
            statuses = sorted(each.result().status_code for each in asked)
            assert statuses == ([200, 409] if size == 1 else [409, 409])


def test_without_its_memory_it_does_not_start(office: OtherOffice) -> None:
    (office.directory / "state").unlink()
    with office.running() as process:
        assert process.wait(10) == 2
    with pytest.raises(StateError, match="second history"):
        office.memory()


def test_a_memory_belongs_to_its_key(office: OtherOffice, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other", "office.test/other")
    with pytest.raises(StateError, match="another key"):
        Memory(office.directory / "state", str(other.verifier))
    with pytest.raises(OwnKeyError, match="exists"):
        make_key(tmp_path / "other", "office.test/other")
    with pytest.raises(StateError, match="never begun again"):
        Memory.make(office.directory / "state", str(office.verifier))


def test_both_keys_of_a_log_are_known_while_it_exchanges_them(office: OtherOffice) -> None:
    new = NoteSigner(LOG.name, bytes(range(2, 34)))
    office.pin([LOG.verifier, new.verifier])
    with office.running():
        cosigned(office, Request(0, (), signed(3)))
        both = Checkpoint(LOG.name, 4, root_of(4)).signed([LOG, new])
        cosigned(office, Request(3, consistency(3, 4), both))
        alone = Request(4, consistency(4, 5), signed(5, log=new))
        assert office.ask(alone).status_code == 200
