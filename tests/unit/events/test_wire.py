"""Bytes are read in one pass; what that refuses is read slowly, with the same result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import wire
from events.codec import decode, encode
from events.registry import EVENTS
from tests.golden.samples import sample_envelopes
from tests.unit.events.strategies import envelopes, few

if TYPE_CHECKING:
    from events.envelope import Envelope


def read_apart(encoded: bytes) -> dict[str, Any]:
    """Each attribute and the event on its own, by nothing but their own classes."""
    found: dict[str, Any] = orjson.loads(encoded)
    event = EVENTS[found["type"]].model_validate(found["data"])
    return found | {
        "id": UUID(found["id"]),
        "correlationid": UUID(found["correlationid"]),
        "data": event,
    }


@pytest.mark.parametrize("name", sorted(EVENTS))
@few
@given(data=st.data())
def test_one_pass_reads_what_the_classes_read(name: str, data: st.DataObject) -> None:
    encoded = encode(data.draw(envelopes(name)))
    found, apart = wire.parse(encoded), read_apart(encoded)
    for attribute in ("id", "type", "subject", "streamversion", "correlationid", "causationid"):
        assert found[attribute] == apart[attribute]
    assert found["data"] == apart["data"]
    assert found["data"].model_fields_set == apart["data"].model_fields_set


@few
@given(envelopes())
def test_the_slow_way_gives_the_same(envelope: Envelope) -> None:
    encoded = encode(envelope)
    assert wire._slowly(encoded) == wire.parse(encoded)


@few
@given(envelopes())
def test_the_order_of_members_does_not_matter(envelope: Envelope) -> None:
    attributes = orjson.loads(encode(envelope))
    backwards = dict(reversed(attributes.items()))
    assert decode(orjson.dumps(backwards)) == envelope


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("time", "2026-03-01T09:00:00"),
        ("time", 1),
        ("recordedtime", "yesterday"),
        ("id", "12"),
        ("streamversion", "two"),
        ("purpose", "fun"),
        ("data", []),
    ],
)
def test_what_we_did_not_write_is_a_value_error(name: str, odd: object) -> None:
    whole = orjson.loads(encode(next(iter(sample_envelopes()))))
    with pytest.raises(ValueError, match=r".+"):
        decode(orjson.dumps(whole | {name: odd}))
