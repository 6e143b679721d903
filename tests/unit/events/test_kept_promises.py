"""Promises of `events` that were once broken, each found by these tests."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest

from events.codec import decode, encode
from events.header import header
from events.partner import UndecodableError, decode_partner
from events.triage import ReportTriaged
from tests.golden.samples import TAKEN, sample_envelopes

if TYPE_CHECKING:
    from events.envelope import Envelope

STRUCTURED = [("content-type", b"application/cloudevents+json")]
SIX_DECIMALS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def structured(**attributes: Any) -> bytes:
    whole = {"specversion": "1.0", "id": "42", "source": "/partners/p", "type": "t", "data": {}}
    return orjson.dumps(whole | attributes)


@pytest.fixture
def a_decision() -> Envelope:
    """The only event so far whose own time is not optional."""
    return next(e for e in sample_envelopes() if isinstance(e.data, ReportTriaged))


@pytest.mark.parametrize(
    "moment",
    [TAKEN.replace(microsecond=0), TAKEN.astimezone(timezone(timedelta(hours=2)))],
    ids=["whole second", "elsewhere"],
)
def test_times_inside_data_are_canonical_too(a_decision: Envelope, moment: Any) -> None:
    data = a_decision.data.model_copy(update={"decided_at": moment})
    written = orjson.loads(encode(replace(a_decision, data=data)))["data"]["decided_at"]
    assert SIX_DECIMALS.fullmatch(written)


def test_a_time_without_zone_inside_data_is_refused(a_decision: Envelope) -> None:
    fields = a_decision.data.model_dump() | {"decided_at": TAKEN.replace(tzinfo=None)}
    with pytest.raises(ValueError, match="decided_at"):
        encode(replace(a_decision, data=ReportTriaged.model_validate(fields)))


@pytest.mark.parametrize("foreign", [b"[]", b"1", b"null"])
@pytest.mark.parametrize("read", [header, decode])
def test_foreign_bytes_give_only_the_promised_errors(read: Any, foreign: bytes) -> None:
    with pytest.raises((ValueError, KeyError)):
        read(foreign)


def test_a_header_without_value_is_refused_or_passed_over() -> None:
    headers = cast("list[tuple[str, bytes]]", [*STRUCTURED, ("traceparent", None)])
    try:
        decode_partner(headers, structured())
    except UndecodableError:
        return


def test_the_purpose_of_a_partner_s_event_is_a_text() -> None:
    try:
        event = decode_partner(STRUCTURED, structured(purpose=["live"]))
    except UndecodableError:
        return
    assert event.purpose is None or isinstance(event.purpose, str)


@pytest.mark.parametrize("character", ["\x00", "\n", "\x7f"])
def test_an_id_with_control_characters_is_refused(character: str) -> None:
    with pytest.raises(UndecodableError):
        decode_partner(STRUCTURED, structured(id=f"4{character}2"))


@pytest.mark.parametrize("name", ["id", "type", "subject", "recordedtime", "causationid"])
@pytest.mark.parametrize("odd", [[], 1, None, {}])
def test_an_attribute_of_another_type_is_a_value_error(name: str, odd: Any) -> None:
    whole = orjson.loads(encode(next(iter(sample_envelopes()))))
    for read, told in ((header, "not an event of ours"), (decode, "text")):
        with pytest.raises(ValueError, match=told):
            read(orjson.dumps(whole | {name: odd}))
