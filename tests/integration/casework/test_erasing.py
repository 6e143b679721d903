"""Erasing and sealing on a real Postgres: keys, events and register move together or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from events.envelope import subject_stream
from events.subjects import SubjectErased
from services.casework.domain.decide import RefusedError
from services.casework.domain.subject_commands import (
    ApproveErasure,
    RequestErasure,
    Seal,
    Unseal,
)
from services.casework.subjects.loading import keys_of, load
from services.runtime.commands import StaleError
from services.runtime.destruction import replay
from tests.integration.casework.conftest import NOW, Office, day

if TYPE_CHECKING:
    from services.runtime.register import Register

NUMBER, OTHER = "111-111-111", "222-222-222"
REQUEST = UUID(int=7)
ANNE = RequestErasure(REQUEST, "data-subject-request", "anne")
BOB = ApproveErasure(REQUEST, "bob")


def register(office: Office) -> Register:
    assert office.subjects.register is not None
    return office.subjects.register


async def test_a_second_person_s_approval_destroys_both_keys(office: Office) -> None:
    report, other = await office.filed(NUMBER), await office.filed(OTHER)
    assert await office.asks(NUMBER, ANNE, 0) == 1
    assert await office.keys(report) == set(keys_of(report))
    assert await office.asks(NUMBER, BOB, 1) == 3
    assert await office.keys(report) == set()
    assert await office.keys(other) == set(keys_of(other))
    last = await office.subjects.casework.events.read(office.connection, subject_stream(report))
    erased = last[-1].data
    assert isinstance(erased, SubjectErased)
    lines = register(office).read()
    assert [(k.subject, k.fingerprint) for k in erased.keys] == [
        (line.subject, line.fingerprint) for line in lines
    ]
    assert {key.epoch for key in erased.keys} == {1}


async def test_the_same_approval_again_changes_nothing(office: Office) -> None:
    await office.filed(NUMBER)
    await office.asks(NUMBER, ANNE, 0)
    await office.asks(NUMBER, BOB, 1)
    lines = register(office).read()
    assert await office.asks(NUMBER, BOB, 3) == 3
    assert register(office).read() == lines


async def test_an_approval_that_could_not_be_committed_is_carried_out_by_the_register(
    office: Office,
) -> None:
    report = await office.filed(NUMBER)
    await office.asks(NUMBER, ANNE, 0)
    async with office.connection.transaction(force_rollback=True):
        await office.asks(NUMBER, BOB, 1)
    assert await office.keys(report) == set(keys_of(report))
    assert await replay(office.connection, register(office)) == sorted(keys_of(report))
    assert await office.keys(report) == set()


async def test_without_a_register_nobody_is_erased(office: Office) -> None:
    report = await office.filed(NUMBER)
    office.subjects = type(office.subjects)(
        office.subjects.casework,
        office.subjects.keyring,
        None,
        office.subjects.retention,
        office.subjects.zone,
    )
    await office.asks(NUMBER, ANNE, 0)
    with pytest.raises(RefusedError, match="no register"):
        await office.asks(NUMBER, BOB, 1)
    assert await office.keys(report) == set(keys_of(report))


async def test_a_hold_on_the_call_stands_in_the_way_until_it_is_lifted(office: Office) -> None:
    report = await office.filed(NUMBER)
    await office.asks(NUMBER, ANNE, 0)
    await office.held(NUMBER, "CL26-0042")
    with pytest.raises(RefusedError, match="CL26-0042"):
        await office.asks(NUMBER, BOB, 1)
    await office.lifted(NUMBER, "CL26-0042")
    await office.asks(NUMBER, BOB, 1)
    assert await office.keys(report) == set()


async def test_an_open_call_is_not_erased(office: Office) -> None:
    await office.filed(NUMBER, closed=False)
    with pytest.raises(RefusedError, match="still open"):
        await office.asks(NUMBER, ANNE, 0)


async def test_who_saw_an_older_version_is_told_the_current_one(office: Office) -> None:
    await office.filed(NUMBER)
    await office.asks(NUMBER, ANNE, 0)
    with pytest.raises(StaleError) as caught:
        await office.asks(NUMBER, Seal("data-subject-request"), 0)
    assert caught.value.current == 1


@pytest.mark.parametrize("number", ["999-999-999", "nonsense", ""])
async def test_a_number_that_leads_nowhere_is_refused(office: Office, number: str) -> None:
    with pytest.raises(RefusedError, match="no such report"):
        await office.asks(number, ANNE, 0)


async def test_a_basis_must_be_in_the_table_and_allow_it(office: Office) -> None:
    await office.filed(NUMBER)
    for command in (RequestErasure(REQUEST, "because", "anne"), Seal("retention")):
        with pytest.raises(RefusedError, match="no legal basis"):
            await office.asks(NUMBER, command, 0)


async def test_a_disposal_has_to_be_due(office: Office) -> None:
    """Closed on the first of March and kept for 70 days."""
    await office.filed(NUMBER)
    disposal = RequestErasure(REQUEST, "retention", "anne")
    with pytest.raises(RefusedError, match="not over") as caught:
        await office.asks(NUMBER, disposal, 0, day(2026, 5, 9))
    assert "2026-05-10" in caught.value.expected
    assert await office.asks(NUMBER, disposal, 0, day(2026, 5, 10)) == 1


async def test_sealing_hides_and_unsealing_shows_again(office: Office) -> None:
    report = await office.filed(NUMBER)
    await office.asks(NUMBER, Seal("data-subject-request"), 0)
    assert await office.keys(report) == set()
    keyring = office.subjects.keyring
    assert set((await keyring.hidden(office.connection, keys_of(report))).values()) == {"sealed"}
    await office.asks(NUMBER, Unseal("data-subject-request"), 1)
    assert await office.keys(report) == set(keys_of(report))


async def test_what_is_sealed_can_still_be_erased(office: Office) -> None:
    report = await office.filed(NUMBER)
    await office.asks(NUMBER, Seal("data-subject-request"), 0)
    await office.asks(NUMBER, ANNE, 1)
    await office.asks(NUMBER, BOB, 2, NOW)
    loaded = await load(
        office.subjects.casework, office.subjects.keyring, office.connection, NUMBER
    )
    assert loaded is not None
    assert loaded.subject.circumstances.keys == ()
    words = await office.subjects.keyring.hidden(office.connection, keys_of(report))
    assert set(words.values()) == {"erased"}
