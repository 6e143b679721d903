"""Folds are pure: a history gives the same rows in one go, in pieces, and from excerpts."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.codec import decode, encode
from events.excerpt import excerpts
from services.projections.freezing import Folded, fold_or_park
from services.projections.view import Entry, Table, fold
from services.projections.views import VIEWS
from tests.unit.projections.random_histories import random_history

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.projections.view import View

LENGTH = 250
some_seeds = settings(max_examples=8, deadline=None)
"""Each is a history of its own, so that few say much."""
views = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
seeds = st.integers(0, 2**32)


def entries(view: View, seed: int, *, whole: bool = False) -> list[Entry]:
    read = decode if whole else excerpts(view.unread)
    stored = map(encode, islice(random_history(seed), LENGTH))
    found = [Entry(position, read(body)) for position, body in enumerate(stored)]
    return [entry for entry in found if entry.envelope.type in view.handled]


def keyed(table: Table, some: Sequence[Entry]) -> list[tuple[str, Entry]]:  # type: ignore[type-arg]
    return [(key, each) for each in some if (key := table.key(each.envelope)) is not None]


def test_random_histories_hold_every_event_that_a_view_handles() -> None:
    handled = frozenset[str]().union(*(view.handled for view in VIEWS))
    assert {each.type for each in islice(random_history(1), 3_000)} == handled


@views
@some_seeds
@given(seed=seeds, size=st.integers(1, 50))
def test_a_view_is_the_same_in_pieces_and_from_excerpts(view: View, seed: int, size: int) -> None:
    some, whole = entries(view, seed), entries(view, seed, whole=True)
    for table in view.tables:
        rows, added = dict[str, tuple](), set[str]()  # type: ignore[type-arg]
        for first in range(0, len(some), size):
            batch = keyed(table, some[first : first + size])
            folded = fold_or_park(table, rows, batch)
            assert folded.parked == []
            opened = {key for key, each in batch if type(each.envelope.data) is table.opens}
            assert not opened & rows.keys(), "what opens a row comes once, and first"
            added |= opened
            rows |= folded.touched
        assert rows == fold(table, {}, whole)
        assert all(table.columns[0] == "key" and row[0] == key for key, row in rows.items())
        assert added == set() if table.opens is None else added == rows.keys()


@views
@some_seeds
@given(seed=seeds, data=st.data())
def test_an_event_that_cannot_be_folded_holds_up_its_own_row_only(
    view: View, seed: int, data: st.DataObject
) -> None:
    some = entries(view, seed)
    for table in view.tables:
        pairs = keyed(table, some)
        if not pairs:
            continue
        victim, poison = data.draw(st.sampled_from(pairs))

        def evolve(row, entry, table=table, poison=poison, victim=victim):  # type: ignore[no-untyped-def]
            if entry is poison and table.key(entry.envelope) == victim:
                raise KeyError("poison")
            return table.evolve(row, entry)

        broken = Table(table.name, table.row, table.key, evolve, table.opens)
        folded = fold_or_park(broken, {}, pairs)
        expected = fold(table, {}, some)
        assert [(p.key, p.position) for p in folded.parked] == [
            (key, e.position) for key, e in pairs if key == victim and e.position >= poison.position
        ]
        assert [p.reason for p in folded.parked] == ["KeyError"] + [None] * (len(folded.parked) - 1)
        others = {key: row for key, row in folded.touched.items() if key != victim}
        assert others == {key: row for key, row in expected.items() if key != victim}
        waiting = [(key, e) for key, e in pairs if key == victim and e.position >= poison.position]
        mended = fold_or_park(table, folded.touched, waiting)
        assert folded.touched | mended.touched == expected


def test_what_is_frozen_stays_so() -> None:
    table, some = VIEWS[0].tables[0], entries(VIEWS[0], 1)
    pairs = keyed(table, some)[:1]
    folded: Folded = fold_or_park(table, {}, pairs, {pairs[0][0]})  # type: ignore[type-arg]
    assert (folded.touched, [p.reason for p in folded.parked]) == ({}, [None])
