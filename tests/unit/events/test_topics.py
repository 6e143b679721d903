"""Topics and partitions: names and numbers other processes rely on for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.topics import PARTITIONS, Topics, partition_of
from tests.unit.events.strategies import few


@pytest.mark.parametrize(
    ("stream_id", "partition"),
    [
        ("report-5b0c1a52-60a5-5d6c-8a35-0a8f5a0f3c11", 2),
        ("triage-5b0c1a52-60a5-5d6c-8a35-0a8f5a0f3c11", 0),
        ("call-9f6d2c1e-1c57-5b1f-8f9e-6f0f0d3b4e33", 6),
        ("", 0),
        ("Ñandú", 0),
    ],
)
def test_the_partition_of_a_stream_is_fixed_for_ever(stream_id: str, partition: int) -> None:
    assert partition_of(stream_id) == partition


@few
@given(st.text())
def test_every_stream_has_one_of_sixteen_partitions(stream_id: str) -> None:
    assert PARTITIONS == 16
    assert 0 <= partition_of(stream_id) < PARTITIONS


def test_streams_spread_over_all_partitions() -> None:
    assert {partition_of(f"report-{number}") for number in range(500)} == set(range(PARTITIONS))


def test_topics_have_the_names_partners_and_operators_know() -> None:
    topics = Topics()
    assert topics.ours == ("blotter.reports", "blotter.triage", "blotter.cases", "blotter.access")
    assert topics.of("casework") == "blotter.cases"
    assert topics.dead_letters == "blotter.dead-letters"
    assert topics.inbound("slopd") == "blotter.inbound.slopd"
    assert topics.replies("slopd") == "blotter.replies.slopd"


@few
@given(st.from_regex(r"[a-z0-9][a-z0-9.-]{0,30}", fullmatch=True))
def test_an_inbound_topic_names_its_partner_and_no_other_topic_does(partner: str) -> None:
    topics = Topics("t1")
    assert topics.partner_of(topics.inbound(partner)) == partner
    assert topics.partner_of(topics.replies(partner)) is None
    assert Topics().partner_of(topics.inbound(partner)) is None
