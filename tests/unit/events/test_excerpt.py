"""An excerpt says what the whole says, of what was asked for, and nothing of the rest."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.codec import decode, encode
from events.envelope import Envelope
from events.excerpt import excerpts
from events.registry import EVENTS, UnknownEventError
from tests.unit.events.strategies import envelopes, few

NAMES = sorted({name for event in EVENTS.values() for name in event.model_fields})
UNREAD = [frozenset(some) for some in ([], NAMES[::2], NAMES[1::2], NAMES)]


@pytest.mark.parametrize("name", sorted(EVENTS))
@few
@given(data=st.data(), unread=st.sampled_from(UNREAD))
def test_every_attribute_and_every_field_that_is_read(
    name: str, data: st.DataObject, unread: frozenset[str]
) -> None:
    encoded = encode(data.draw(envelopes(name)))
    whole, part = decode(encoded), excerpts(unread)(encoded)
    assert type(part.data) is EVENTS[name]
    for field in fields(Envelope):
        if field.name != "data":
            assert getattr(part, field.name) == getattr(whole, field.name)
    for each in type(whole.data).model_fields:
        if each in unread:
            with pytest.raises(AttributeError):
                getattr(part.data, each)
        else:
            assert getattr(part.data, each) == getattr(whole.data, each)


@pytest.mark.parametrize("damaged", [b"", b"{}", b"[]", b"\xff", b'{"type":"a.b.v1"}'])
def test_bytes_that_are_not_ours_are_refused(damaged: bytes) -> None:
    with pytest.raises((ValueError, KeyError)):
        excerpts(frozenset())(damaged)


@few
@given(envelope=envelopes("casework.call-opened.v1"))
def test_an_unknown_name_stops_the_reader(envelope: Envelope) -> None:
    encoded = encode(envelope).replace(b"casework.call-opened.v1", b"casework.tomorrow.v9")
    with pytest.raises(UnknownEventError):
        excerpts(frozenset())(encoded)
