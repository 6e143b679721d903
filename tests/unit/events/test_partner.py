"""Events from partners: read tolerantly, trusted with nothing, refused without being quoted."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from cloudevents.core.bindings.kafka import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from hypothesis import example, given
from hypothesis import strategies as st

from events.partner import PartnerEvent, UndecodableError, decode_partner
from tests.unit.events.strategies import few, json_values, many

Headers = list[tuple[str, bytes]]
STRUCTURED: Headers = [("content-type", b"application/cloudevents+json")]
BINARY: Headers = [
    ("content-type", b"application/json"),
    ("ce_specversion", b"1.0"),
    ("ce_id", b"42"),
    ("ce_source", b"/partners/p"),
    ("ce_type", b"t"),
]
ATTRIBUTES = {"specversion": "1.0", "id": "42", "source": "/partners/p", "type": "t"}
SECRET = "xyzzy-plugh"

media_types = st.sampled_from(
    [
        b"application/cloudevents+json",
        b"application/cloudevents-batch+json",
        b"application/json",
        b"",
        b"text/plain",
        b"APPLICATION/CLOUDEVENTS",
    ]
)
names = st.sampled_from(
    [
        "content-type",
        "Content-Type",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_specversion",
        "ce_time",
        "ce_purpose",
        "x",
    ]
)
header_lists = st.lists(st.tuples(names, media_types | st.sampled_from([b"1.0"]) | st.binary()))


def structured(**attributes: Any) -> bytes:
    return orjson.dumps(ATTRIBUTES | {"data": {"type": "noise"}} | attributes)


def refusal(headers: Headers, value: bytes | None) -> str:
    with pytest.raises(UndecodableError) as refused:
        decode_partner(headers, value)
    return str(refused.value)


def test_both_modes_say_the_same() -> None:
    expected = PartnerEvent("42", "/partners/p", "t", None, None, {"type": "noise"})
    assert decode_partner(STRUCTURED, structured()) == expected
    assert decode_partner(BINARY, b'{"type":"noise"}') == expected


@few
@given(
    st.dictionaries(st.text(max_size=9), json_values, max_size=4),
    st.text("abc/-_.", min_size=1, max_size=9),
)
def test_what_the_official_sdk_writes_in_either_mode_is_read(
    data: dict[str, Any], identity: str
) -> None:
    attributes = {"id": identity, "source": "/partners/p", "type": "t"}
    event = CloudEvent(attributes | {"datacontenttype": "application/json"}, data)
    for message in (to_structured_event(event), to_binary_event(event)):
        read = decode_partner(message.headers.items(), message.value)
        assert (read.id, read.data) == (identity, data)


def test_the_content_type_decides_the_mode_and_not_the_ce_headers() -> None:
    misleading = [(name, b"other") for name, _ in BINARY if name[:3] == "ce_"]
    assert decode_partner([*misleading, *STRUCTURED], structured()).id == "42"


def test_a_structured_value_with_another_content_type_is_not_structured() -> None:
    assert "specversion" in refusal([("content-type", b"application/json")], structured())


@pytest.mark.parametrize(
    "written",
    [
        "application/cloudevents",
        "Application/CloudEvents+JSON",
        " application/cloudevents+json",
        "application/cloudevents+json; charset=utf-8",
    ],
)
def test_a_content_type_may_be_written_in_any_of_its_ways(written: str) -> None:
    assert decode_partner([("Content-Type", written.encode())], structured()).id == "42"


def test_batches_are_refused() -> None:
    batch = [("content-type", b"application/cloudevents-batch+json")]
    assert "batches" in refusal(batch, orjson.dumps([orjson.loads(structured())]))


@pytest.mark.parametrize("value", [None, b""])
@pytest.mark.parametrize("headers", [STRUCTURED, BINARY, []])
def test_an_event_without_data_is_refused(headers: Headers, value: bytes | None) -> None:
    assert refusal(headers, value) == "no data"


@pytest.mark.parametrize("missing", ["specversion", "id", "source", "type", "data"])
def test_an_event_without_a_required_attribute_is_refused(missing: str) -> None:
    whole = orjson.loads(structured())
    del whole[missing]
    assert missing in refusal(STRUCTURED, orjson.dumps(whole))
    if missing != "data":
        kept = [(name, value) for name, value in BINARY if name != f"ce_{missing}"]
        assert missing in refusal(kept, b"{}")


@pytest.mark.parametrize("changed", [{"id": ""}, {"id": 7}, {"id": "x" * 501}, {"type": None}])
def test_an_attribute_that_is_no_short_text_is_refused(changed: dict[str, Any]) -> None:
    assert next(iter(changed)) in refusal(STRUCTURED, structured(**changed))


@pytest.mark.parametrize("time", ["2026-03-01T02:15:30Z", "2026-03-01T02:15:30.5+05:45"])
def test_a_time_keeps_its_offset(time: str) -> None:
    moment = decode_partner(STRUCTURED, structured(time=time)).time
    assert moment is not None
    assert moment.utcoffset() is not None


@pytest.mark.parametrize("time", ["yesterday", "2026-03-01T02:15:30", 1772331330, {}, "", "24:00Z"])
def test_a_time_without_zone_or_sense_is_refused(time: Any) -> None:
    assert "time" in refusal(STRUCTURED, structured(time=time))


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        (STRUCTURED, SECRET.encode()),
        (STRUCTURED, f'"{SECRET}"'.encode()),
        (STRUCTURED, structured(data=SECRET)),
        (STRUCTURED, structured(specversion=SECRET)),
        (STRUCTURED, structured(time=SECRET)),
        (STRUCTURED, structured(id=SECRET * 50)),
        (STRUCTURED, structured(type=[SECRET])),
        (BINARY, SECRET.encode()),
        (BINARY, f'["{SECRET}"]'.encode()),
        ([*BINARY, ("ce_time", SECRET.encode())], b"{}"),
        ([*BINARY, ("ce_x", SECRET.encode() + b"\xff")], b"{}"),
    ],
)
def test_a_refusal_never_quotes_the_content(headers: Headers, value: bytes) -> None:
    with pytest.raises(UndecodableError) as refused:
        decode_partner(headers, value)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def reads_or_refuses(headers: Headers, value: bytes | None) -> None:
    try:
        event = decode_partner(headers, value)
    except UndecodableError:
        return
    assert isinstance(event.data, dict)
    assert 0 < len(event.id) <= 500


@many
@given(header_lists, st.none() | st.binary())
@example(STRUCTURED, b"[" * 100_000)
@example(STRUCTURED, b'{"data":{"a":"\\ud800"}}')
@example(BINARY, b'{"a":1e999}')
def test_no_bytes_make_it_fail_in_another_way(headers: Headers, value: bytes | None) -> None:
    reads_or_refuses(headers, value)


@many
@given(
    header_lists,
    st.dictionaries(st.sampled_from([*ATTRIBUTES, "data", "time", "purpose"]), json_values)
    | json_values,
)
def test_no_json_makes_it_fail_in_another_way(headers: Headers, content: Any) -> None:
    for sent in (content, ATTRIBUTES | content if isinstance(content, dict) else content):
        reads_or_refuses(headers, orjson.dumps(sent))
        reads_or_refuses(STRUCTURED, orjson.dumps(sent))
