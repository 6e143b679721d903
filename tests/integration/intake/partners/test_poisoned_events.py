"""Poisoned CloudEvents, by both roads: a reason for each, no 5xx, and the good ones flow on."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.runtime.clock import now
from services.runtime.kafka import Record
from tests.integration.intake.partners.conftest import BATCH, SOUND, STRUCTURED, event
from tests.unit.events.strategies import json_values

if TYPE_CHECKING:
    from tests.integration.intake.partners.conftest import Inlet

TYPES = ("partner.incident-reported.v1", "partner.call-shed.v1", "partner.referral-answered.v1")
DANGER = {"safety": {"weapon": "yes"}}
odd: st.SearchStrategy[Any] = st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "\x1f",
        "\u2028",
        "\U0001f9a2",
        "'; drop table reports",
        "x" * 600,
        "2",
        None,
        -1,
        0,
        1e308,
        10**30,
        True,
        [],
        {},
        [[]],
        {"": ""},
        "9999-12-31T23:59:59.999999+14:00",
        "0001-01-01T00:00:00-23:59",
        "exercise",
        "618-033-991",
        "٣٣٣",
    ]
)
values = odd | json_values
keys = st.sampled_from(
    [
        "type",
        "description",
        "occurred",
        "location",
        "people",
        "vehicles",
        "contact",
        "safety",
        "purpose",
        "call",
        "report_number",
        "answer",
        "number",
        "expected_on",
        "words",
        "a.b",
        "\x00",
    ]
)
data = st.dictionaries(keys, values | st.dictionaries(keys, values, max_size=3), max_size=6)
attributes = st.dictionaries(
    st.sampled_from(
        [
            "specversion",
            "id",
            "source",
            "type",
            "time",
            "purpose",
            "dataschema",
            "data",
            "subject",
            "datacontenttype",
            "data_base64",
            "X-odd",
        ]
    ),
    values,
    max_size=3,
)
events = st.builds(
    lambda kind, inside, changes: event("poison", type=kind, data=inside) | changes,
    st.sampled_from(TYPES),
    data,
    attributes,
)
bodies = (
    events.map(lambda each: json.dumps(each).encode())
    | events.map(lambda each: json.dumps(each).encode()[:-3])
    | st.binary(max_size=60)
    | st.sampled_from(
        [
            b"",
            b"null",
            b"[]",
            b'"',
            b"{" * 2000,
            b'{"data":' * 500 + b"1" + b"}" * 500,
            json.dumps(event(data={"description": "x" * 59_000})).encode(),
            json.dumps(event(data={"description": "\x01" * 20_000})).encode(),
            json.dumps(event(data=SOUND | {f"f{n}": "\x00" for n in range(3000)})).encode(),
            json.dumps(event(data={"people": [{"role": "x"}] * 3000})).encode(),
            json.dumps(event(data=[])).encode(),
            b'{"id":"\\ud800","specversion":"1.0"}',
            json.dumps(event(type="t", data=DANGER | {"x": "\x01" * 9000})).encode(),
        ]
    )
)
header_values = st.sampled_from([b"1.0", b"/partners/harbour", b"x", b"", b"\xff\xfe", b"now"])
headers = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "content-type",
                "ce_id",
                "ce_source",
                "ce_type",
                "ce_specversion",
                "ce_time",
                "ce_purpose",
                "\udcffodd",
                "",
            ]
        ),
        header_values | st.sampled_from([STRUCTURED.encode(), b"application/json"]),
    ),
    max_size=6,
).map(tuple) | st.just((("content-type", STRUCTURED.encode()),))
several = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def count(inlet: Inlet, table: str) -> int:
    ((number,),) = await inlet.rows(f"select count(*) from {table}")
    return int(number)


def record(inlet: Inlet, value: bytes, given_headers: Any) -> Record:
    topic = inlet.topics.inbound("harbour")
    return Record(topic, 0, 7, b"k", value, given_headers, 8)


@several
@given(st.lists(st.tuples(bodies, headers), min_size=1, max_size=5), st.integers(0, 10**9))
async def test_poison_on_kafka_is_answered_one_by_one_and_the_good_flow_on(
    an_inlet: Inlet, poison: list[tuple[bytes, Any]], seed: int
) -> None:
    good = [json.dumps(event(f"good-{seed}-{number}")).encode() for number in (1, 2)]
    structured = (("content-type", STRUCTURED.encode()),)
    records = [
        record(an_inlet, good[0], structured),
        *[record(an_inlet, value, given_headers) for value, given_headers in poison],
        record(an_inlet, good[1], structured),
    ]
    async with an_inlet.intake.pool.connection() as connection, connection.transaction():
        arrived = [("harbour", each) for each in records]
        told = await an_inlet.kafka.receive(connection, arrived, now())
    assert len(told) == len(records)
    assert told[0].status == told[-1].status == "accepted"
    for each in told:
        assert (each.status == "accepted") == (each.reason is None)
        assert (each.status == "rejected") == (each.dead_letter is not None)
        if each.status == "accepted":
            assert each.report_number


@several
@given(bodies, st.sampled_from([STRUCTURED, BATCH, "application/json", "text/plain", "é", ""]))
@example(b"[" + b"[" * 300 + b"]" * 300 + b"]", BATCH)
@example(json.dumps([event()] * 3 + [None, 1, "x", [], {}]).encode(), BATCH)
async def test_poison_over_http_is_a_receipt_or_a_problem_and_never_ours(
    an_inlet: Inlet, body: bytes, media_type: str
) -> None:
    before = await count(an_inlet, "events")
    with suppress(UnicodeEncodeError):  # such a header cannot be sent at all
        answer = await an_inlet.post(body, media_type)
        assert answer.status_code in (202, 400, 413, 415, 422), answer.text
        assert "outcome" in answer.json()["emergency"]
        if answer.status_code == 202:
            assert all(each["status"] for each in answer.json()["events"])
        else:
            assert await count(an_inlet, "events") == before


@several
@given(st.text(min_size=1, max_size=40) | st.sampled_from(["..", "a/b", "%2F", "?", "#", "\x00"]))
async def test_any_id_can_be_sent_and_asked_for(an_inlet: Inlet, event_id: str) -> None:
    told = (await an_inlet.post([event(event_id)], BATCH)).json()["events"][0]
    asked = await an_inlet.asked(event_id)
    if told["status"] == "accepted":
        assert asked.json()["report_number"] == told["report_number"]
    else:
        assert asked.status_code in (404, 200)


@pytest.mark.parametrize("secret", ["x" * 1200, "knife in the kitchen"])
async def test_a_reason_never_quotes_what_was_sent(an_inlet: Inlet, secret: str) -> None:
    for change in (
        {"source": secret},
        {"type": secret},
        {"time": secret},
        {"purpose": secret},
        {"dataschema": secret},
        {"data": secret},
        {"specversion": secret},
    ):
        answer = await an_inlet.post([event(**change)], BATCH)
        (told,) = answer.json()["events"]
        assert told["status"] == "rejected"
        assert secret not in answer.text
