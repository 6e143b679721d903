"""One record verified alone: whatever is done to one of its events is found in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.audit import record_verification
from services.audit.record_events import record_events
from services.audit.record_verification import verify_record
from services.audit.refusals import UnknownNumberError
from services.ledger.proofs.signing import sign
from services.ledger.verifying import owners
from services.ledger.verifying.verification import VerificationRange
from services.proofs import note
from tests.integration.audit.test_exporting import numbers_of
from tests.integration.ledger.tampering import (
    UNIQUE_SQL,
    Tampering,
    flip_id,
    flip_in_column,
    flip_in_text,
    fork,
    repeat,
    statement,
    swap,
    triggers_off,
)
from tests.integration.ledger.test_verifying import LOG, the_key
from tests.integration.projections.histories import BEGAN, History
from tests.integration.projections.random_histories import caught_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.ledger.verifying.verdict import Verdict
    from services.runtime.database import Connection

SIZE = 1000
ASKED = VerificationRange(origin=LOG.origin)


async def a_signed_ledger(connection: Connection) -> tuple[str, list[int]]:
    """Gives the number of a case in it, and where its events are."""
    await History(1).store(connection, SIZE)
    await sign(connection, LOG, BEGAN)
    await caught_up(connection)
    (number,) = await numbers_of(connection, 1)
    found = await record_events(connection, number)
    return number, [entry.position for entry in found.entries]


def of_each_event(places: Sequence[int]) -> Iterator[Tampering]:
    """Everything that can be done to one row."""
    for at in places:
        for bit in (7, 900, 2501):
            change = flip_in_column("ledger", "body", f"position = {at}", bit)
            yield Tampering(f"bit {bit} of the bytes", change, at)
        yield Tampering("a bit of the id", flip_id(at, 5), at)
        for column in ("stream_id", "type", "topic"):
            change = flip_in_text("ledger", column, f"position = {at}", 4)
            yield Tampering(f"a bit of {column}", change, at)
        for column in ("version", "partition", "number"):
            query = f"update ledger set {column} = {column} # 4 where position = %s"
            yield Tampering(f"a bit of {column}", statement(query, at), at)
        change = statement("delete from ledger where position = %s", at)
        yield Tampering("a removed row", change, at)
        yield Tampering("a row twice", repeat(at, at, beside=True), at)
    yield Tampering("swapped rows", swap(places[0], places[1]), places[0])
    yield Tampering("another history", fork(places[2], owners_too=False), places[2])


async def missed(connection: Connection, number: str, tamperings: Sequence[Tampering]) -> list[str]:
    """What is not found, or found in the wrong place. Undoes each."""
    wrong = []
    for tampering in tamperings:
        async with connection.transaction(force_rollback=True):
            await triggers_off(connection)
            await connection.execute(UNIQUE_SQL)
            await tampering.change(connection)
            finding = (await record_verification.verified(connection, number, ASKED)).finding
        if not tampering.is_named_by(finding):
            wrong.append(f"{tampering.name} at {tampering.position}: {finding}")
    return wrong


async def sound(connection: Connection, number: str, asked: VerificationRange = ASKED) -> Verdict:
    return await verify_record(connection, number, asked)


async def test_a_record_as_it_was_signed_is_sound(projections: Connection) -> None:
    number, places = await a_signed_ledger(projections)
    pinned = VerificationRange(pinned=[await the_key(projections)], origin=LOG.origin)
    for asked in (ASKED, pinned):
        found = await sound(projections, number, asked)
        assert (found.code, found.finding, found.doubts) == (0, None, [])
        assert (found.events, found.checkpoints) == ((len(places), len(places)), (1, 1))
        assert found.requested == found.found == (places[0], places[-1])
    other = note.NoteSigner(LOG.origin, bytes(32)).verifier
    assert (await sound(projections, number, VerificationRange(pinned=[other]))).code == 1
    await projections.execute("delete from case_status_calls")
    await projections.execute("delete from case_status_reports")
    assert (await sound(projections, number)).events == (len(places), len(places))
    with pytest.raises(UnknownNumberError):
        await sound(projections, "nobody's")


async def test_whatever_is_done_to_an_event_of_the_record_is_found_in_its_place(
    projections: Connection,
) -> None:
    number, places = await a_signed_ledger(projections)
    tamperings = list(of_each_event(places))
    assert len(tamperings) > 60
    assert "\n".join(await missed(projections, number, tamperings)) == ""


async def _nothing(*_: object) -> None:
    return None


@pytest.mark.parametrize(
    ("place", "name", "instead", "what"),
    [
        (record_verification, "attributes", lambda *_, **__: None, "a bit of type"),
        (record_verification, "_hole", _nothing, "a removed row"),
        (owners, "contradiction_at", _nothing, "a bit of number"),
        (record_verification, "verify_inclusion", lambda *_: None, "swapped rows"),
    ],
)
async def test_a_check_that_is_left_out_is_noticed(
    projections: Connection,
    monkeypatch: pytest.MonkeyPatch,
    place: object,
    name: str,
    instead: object,
    what: str,
) -> None:
    number, places = await a_signed_ledger(projections)
    some = [each for each in of_each_event(places) if what == each.name]
    monkeypatch.setattr(place, name, instead)
    assert await missed(projections, number, some)


async def test_what_no_checkpoint_covers_is_said(projections: Connection) -> None:
    history = History(1)
    await history.store(projections, 400)
    await caught_up(projections)
    (number,) = await numbers_of(projections, 1)
    assert (await sound(projections, number)).code == 2
