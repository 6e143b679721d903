"""What a partner's event means, and what it is beside those that came before it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.partner import DEEPEST, UndecodableError, decode_partner
from events.partner_http import MediaTypeError, UnreadableBodyError, messages
from services.intake.domain.arrival import Earlier, Repeat, Supplement, judge
from services.intake.domain.inbound import (
    CALL_SHED,
    REFERRAL_ANSWERED,
    PartnerReport,
    RefusedError,
    cause_id,
    read_partner_event,
)
from services.intake.domain.referral_answer import AnsweredReferral
from tests.unit.events.strategies import json_values, many

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
STRUCTURED = (("content-type", b"application/cloudevents+json"),)


def read(data: dict[str, Any], **attributes: Any) -> PartnerReport | AnsweredReferral:
    given = {
        "specversion": "1.0",
        "id": "1",
        "source": "/partners/p",
        "type": "partner.incident-reported.v1",
        "data": data,
    } | attributes
    return read_partner_event(
        "p", STRUCTURED, orjson.dumps(given), frozenset({"noise"}), ZoneInfo("UTC"), NOW
    )


def nested(levels: int) -> bytes:
    return b'{"specversion":"1.0","id":"1","source":"s","type":"t","data":{"x":%s}}' % (
        b"[" * levels + b"]" * levels
    )


def test_what_is_nested_deeper_than_anything_people_report_is_refused() -> None:
    decode_partner(STRUCTURED, nested(DEEPEST - 2))
    with pytest.raises(UndecodableError, match="levels deep"):
        decode_partner(STRUCTURED, nested(DEEPEST - 1))
    with pytest.raises(UndecodableError, match="levels deep"):
        decode_partner(STRUCTURED, nested(300))


def test_a_shed_call_keeps_its_time_its_number_and_its_reason() -> None:
    call = {"called_at": "2026-03-01T03:11:09-05:00", "number": " E-1 ", "reason": "overload"}
    fact = read({"call": call}, type=CALL_SHED)
    assert isinstance(fact, PartnerReport)
    assert fact.shed_call is not None
    assert fact.shed_call.called_at == datetime(2026, 3, 1, 8, 11, 9, tzinfo=UTC)
    assert (fact.shed_call.number, fact.shed_call.reason) == ("E-1", "overload")
    assert not fact.warnings


@many
@given(json_values)
def test_no_call_costs_the_report_and_what_is_unusable_is_kept(call: Any) -> None:
    fact = read({"call": call, "description": "x"}, type=CALL_SHED)
    assert isinstance(fact, PartnerReport)
    assert fact.shed_call is not None
    assert any("call.called_at" in warning for warning in fact.warnings)
    if call is not None and not isinstance(call, dict):
        assert fact.submission.kept_as_given["call"] == call


@many
@given(st.dictionaries(st.sampled_from(["number", "expected_on", "words", "x"]), json_values))
def test_an_answer_needs_only_its_number_and_word(extra: dict[str, Any]) -> None:
    facts = extra | {"report_number": "618033991", "answer": "declined"}
    fact = read(facts, type=REFERRAL_ANSWERED)
    assert isinstance(fact, AnsweredReferral)
    assert (fact.report_number, fact.answer) == ("618-033-991", "declined")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({}, "report_number"),
        ({"report_number": "618-033-992", "answer": "declined"}, "report_number"),
        ({"report_number": "618-033-991", "answer": "maybe"}, "answer"),
    ],
)
def test_an_answer_to_nothing_is_refused_by_field(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(RefusedError, match=f"^{field}: "):
        read(facts, type=REFERRAL_ANSWERED)


def test_ids_of_exercises_and_of_partners_are_apart() -> None:
    ids = {
        cause_id("p", "1"),
        cause_id("p", "1", exercise=True),
        cause_id("p1", ":1"),
        cause_id("exercise/1", "p"),
    }
    assert len(ids) == 4


def test_a_refusal_says_whose_it_was_when_that_could_be_read() -> None:
    with pytest.raises(RefusedError) as refused:
        read({"description": "x"}, type="partner.incident-reported.v2")
    assert refused.value.event_id == "1"
    assert refused.value.cause_id == cause_id("p", "1")


def past(fact: PartnerReport | AnsweredReferral, **changes: Any) -> Earlier:
    known = {"source": "/partners/p", "type": fact.type} | changes
    return Earlier("618-033-991", revisions={b"first": 1, b"second": 2}, **known)


def test_a_known_content_is_a_repeat_of_its_revision_and_another_the_next_one() -> None:
    fact = read({"description": "x"})
    assert judge(fact, past(fact)) == Supplement(3)
    earlier = past(fact)
    earlier.revisions[fact.digest] = 1
    assert judge(fact, earlier) == Repeat(1)


def test_an_import_tells_nothing_new_of_what_came_live_but_not_the_other_way_round() -> None:
    live, imported = read({"description": "x"}), read({"description": "x"}, purpose="import")
    earlier = past(live)
    earlier.revisions = {live.digest: 1}
    assert judge(imported, earlier) == Repeat(1)
    earlier.revisions = {imported.digest: 1}
    assert judge(live, earlier) == Supplement(2)


def test_what_was_not_recorded_at_the_time_contradicts_nothing() -> None:
    fact = read({"description": "x"})
    assert judge(fact, past(fact, source=None, type=None)) == Supplement(3)
    with pytest.raises(RefusedError, match="another source"):
        judge(fact, past(fact, source="/partners/p/other"))
    with pytest.raises(RefusedError, match="another type"):
        judge(fact, past(fact, type=CALL_SHED))


def test_an_answer_does_not_change() -> None:
    facts = {"report_number": "618-033-991", "answer": "declined"}
    fact = read(facts, type=REFERRAL_ANSWERED)
    with pytest.raises(RefusedError, match="send a new event"):
        judge(fact, past(fact))


def test_http_modes_become_those_of_kafka() -> None:
    binary = messages({"content-type": "application/json", "ce-id": "a%20%C3%A9"}, b"{}")
    assert ("ce_id", "a é".encode()) in binary[0].headers
    batch = messages({"content-type": "application/cloudevents-batch+json"}, b"[{}, 1]")
    assert [each.value for each in batch] == [b"{}", b"1"]
    with pytest.raises(MediaTypeError):
        messages({"content-type": "application/cloudevents+xml"}, b"")
    with pytest.raises(UnreadableBodyError, match="line 2"):
        messages({"content-type": "application/cloudevents-batch+json"}, b"[\n{]")
