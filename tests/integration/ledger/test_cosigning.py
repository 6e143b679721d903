"""Our side of cosigning, against a real cosigner: kept, shown, asked again, and refusals heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
import pytest_asyncio

from events.header import header
from services.cosigner.memory import Memory
from services.cosigner.own_key import make_key
from services.ledger.cosigning import store
from services.ledger.cosigning.configured import ConfiguredError, read_configured
from services.ledger.cosigning.cosigning import Cosigning, alarm
from services.ledger.proofs import keys, signing
from services.ledger.receipts import receipt
from services.proofs import note
from services.proofs.checkpoint import Checkpoint, open_checkpoint
from services.proofs.witness import Request
from services.runtime.database import open_pool
from services.runtime.keyring import Keyring
from tests.integration.cosigner.office import OtherOffice, an_office
from tests.integration.ledger.ledgers import MOMENT, add, body
from tests.unit.proofs.test_tree import root_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from uuid import UUID

    from services.ledger.cosigning.store import CosignerHealth
    from services.runtime.database import Connection

LOG = signing.Log(Keyring(bytes(32)), "blotter/test")


class Ours:
    """Our side: the ledger, and the loop that shows its checkpoints to the other office."""

    def __init__(self, connection: Connection, cosigning: Cosigning, office: OtherOffice) -> None:
        self.connection = connection
        self.cosigning = cosigning
        self.office = office

    async def grow(self, start: int, end: int) -> str:
        await add(self.connection, start, end)
        return await signing.sign(self.connection, LOG, MOMENT)

    async def show(self) -> CosignerHealth:
        """One round, without waiting for the time to ask again."""
        for turn in self.cosigning._turns.values():
            turn.asks_at = 0.0
        async with httpx.AsyncClient(trust_env=False) as client:
            (found,) = await self.cosigning.round(client)
        return found


@pytest_asyncio.fixture
async def ours(a_database: str, projections: Connection, tmp_path: Path) -> AsyncIterator[Ours]:
    office = an_office(tmp_path)
    configured = tmp_path / "cosigners"
    configured.write_text(f"{office.verifier} {office.url}/  # the city\n")
    await signing.sign(projections, LOG, MOMENT)
    (key,) = await keys.listed(projections)
    office.pin([note.read_key(key.verifier)])
    async with open_pool(a_database, "projections") as pool:
        yield Ours(projections, Cosigning(pool, configured), office)


async def test_each_checkpoint_is_cosigned_and_shown_so(ours: Ours) -> None:
    with ours.office.running():
        for start, end in ((0, 3), (3, 300), (300, 700)):
            signed = await ours.grow(start, end)
            health = await ours.show()
            assert (health.lag_events, health.lag_seconds, health.refused) == (0, 0, None)
            shown = await store.with_cosignatures(ours.connection, signed)
            assert open_checkpoint(shown, [ours.office.verifier]).size == end
            assert await store.newest_cosigned(ours.connection) == shown
            assert alarm([health]) is None


async def test_a_receipt_carries_the_cosignature(ours: Ours) -> None:
    with ours.office.running():
        await ours.grow(0, 300)
        await ours.show()
    await ours.grow(300, 301)
    (key,) = await keys.listed(ours.connection)
    log = [note.read_key(key.verifier)]
    found = await receipt(ours.connection, LOG, _id(299), MOMENT)
    assert found.verify(body(299), log, LOG.origin, [ours.office.verifier]).size == 300
    later = await receipt(ours.connection, LOG, _id(300), MOMENT)
    assert later.verify(body(300), log, LOG.origin).size == 301, "not covered yet: ours alone"


async def test_away_it_is_asked_again_and_catches_up(ours: Ours) -> None:
    await ours.grow(0, 5)
    health = await ours.show()
    assert (health.last_seen, health.lag_events) == (None, 5)
    assert health.lag_seconds > 900
    assert "has not cosigned" in (alarm([health]) or "")
    (turn,) = ours.cosigning._turns.values()
    assert turn.wait_seconds == 4, "each time it is left alone for longer"
    await ours.grow(5, 9)
    with ours.office.running():
        health = await ours.show()
    assert (health.lag_events, health.refused) == (0, None)


async def test_when_our_note_of_what_it_saw_is_lost_it_says_so_itself(ours: Ours) -> None:
    await ours.grow(0, 5)
    with ours.office.running():
        await ours.show()
        await ours.connection.execute("update cosigners set size = 0")
        await ours.grow(5, 9)
        assert (await ours.show()).lag_events == 0


async def test_a_forked_history_is_refused_and_heard_of(ours: Ours) -> None:
    await ours.grow(0, 5)
    await ours.grow(5, 9)
    with ours.office.running():
        (log,) = await _signers(ours.connection)
        other = Checkpoint(LOG.origin, 7, root_of(7)).signed([log])
        assert ours.office.ask(Request(0, (), other)).status_code == 200
        health = await ours.show()
        assert health.refused == "the first 7 of our 9 events are not those it has cosigned"
        assert "refuses to cosign" in (alarm([health]) or "")
    (known,) = ours.office.memory().logs()
    assert [first_bad for first_bad, _, _ in known.alarms] == [7]


async def test_a_ledger_that_lost_its_end_is_told_so(ours: Ours) -> None:
    await ours.grow(0, 5)
    with ours.office.running():
        (log,) = await _signers(ours.connection)
        longer = Checkpoint(LOG.origin, 8, root_of(8)).signed([log])
        assert ours.office.ask(Request(0, (), longer)).status_code == 200
        health = await ours.show()
    assert health.refused == "it has cosigned 8 events, our checkpoint has only 5"


async def test_a_cosigner_whose_memory_was_set_back_is_told_of(
    ours: Ours, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await ours.grow(0, 5)
    with ours.office.running():
        await ours.show()
    older = (tmp_path / "state").read_bytes()
    await ours.grow(5, 9)
    with ours.office.running():
        await ours.show()
    (tmp_path / "state").write_bytes(older)
    await ours.grow(9, 12)
    with ours.office.running():
        assert (await ours.show()).lag_events == 0
    assert "cosigning.forgot" in capsys.readouterr().out


async def test_another_key_than_the_configured_one_counts_for_nothing(
    ours: Ours, tmp_path: Path
) -> None:
    signed = await ours.grow(0, 5)
    for file in ("key", "state"):
        (tmp_path / file).unlink()
    made = make_key(tmp_path / "key", "office.test/cosigner")
    Memory.make(tmp_path / "state", str(made.verifier))
    with ours.office.running():
        health = await ours.show()
    assert health.refused is not None
    assert "not signed with the key that is configured" in health.refused
    assert await store.with_cosignatures(ours.connection, signed) == signed


async def test_a_log_it_was_not_told_of_is_refused(ours: Ours) -> None:
    await ours.grow(0, 5)
    ours.office.pin([note.NoteSigner("another.test/log", bytes(32)).verifier])
    with ours.office.running():
        assert (await ours.show()).refused == "it does not cosign our log"
    ours.office.pin([note.NoteSigner(LOG.origin, bytes(32)).verifier])
    with ours.office.running():
        assert (await ours.show()).refused == "it does not know the key that our log signs with"


@pytest.mark.parametrize(
    "line", ["nonsense", "{key}", "{key} ftp://a", "{log} http://a", "{key} http://a http://b"]
)
def test_a_line_that_names_no_cosigner_is_named(tmp_path: Path, line: str) -> None:
    key = make_key(tmp_path / "key", "office.test/cosigner").verifier
    log = note.NoteSigner("log.test", bytes(32)).verifier
    file = tmp_path / "cosigners"
    file.write_text("# offices\n" + line.format(key=key, log=log) + "\n")
    with pytest.raises(ConfiguredError, match="cosigners, line 2"):
        read_configured(file)
    assert read_configured(tmp_path / "absent") == []


async def _signers(connection: Connection) -> list[note.NoteSigner]:
    async with connection.transaction():
        return await keys.signers(connection, LOG.keyring, LOG.origin, MOMENT)


def _id(number: int) -> UUID:
    return header(body(number)).event_id
