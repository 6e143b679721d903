"""Many decisions at once, as of two processes with one key: one history is agreed to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

from services.cosigner.memory import Memory
from services.proofs.checkpoint import Checkpoint
from services.proofs.note import NoteSigner
from services.proofs.witness import Accepted, Request
from tests.integration.ledger.ledgers import MOMENT
from tests.unit.proofs.test_tree import root_of

if TYPE_CHECKING:
    from pathlib import Path

LOG = NoteSigner("blotter.test/log", bytes(range(32)))
FORKS = 8


def test_of_many_histories_at_once_one_is_agreed_to(tmp_path: Path) -> None:
    together = Barrier(FORKS)

    def agrees(file: Path, fork: int) -> bool:
        memory = Memory(file, "somebody")
        signed = Checkpoint(LOG.name, 4, root_of(4 + fork)).signed([LOG])
        together.wait()
        request = Request(0, (), signed)
        return isinstance(memory.answer(request, {LOG.name: [LOG.verifier]}, MOMENT), Accepted)

    with ThreadPoolExecutor(FORKS) as pool:
        for attempt in range(20):
            Memory.make(file := tmp_path / str(attempt), "somebody")
            asked = [pool.submit(agrees, file, fork) for fork in range(FORKS)]
            assert sum(each.result() for each in asked) == 1
