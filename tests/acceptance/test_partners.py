"""Other departments publish on Kafka: reports, repeats, and what cannot be used."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4  # noqa: TID251 - a partner of this test's own

import psycopg
import pytest
from kafka import KafkaProducer

from events.topics import Topics
from services.runtime.kafka import Admin, Outgoing, Producer, Reader
from tests.acceptance.installation import wait_for

if TYPE_CHECKING:
    from tests.acceptance.installation import Installed

STRUCTURED = (("content-type", b"application/cloudevents+json; charset=utf-8"),)


@pytest.fixture
def a_partner() -> str:
    """The name of a partner that nobody knew before."""
    return f"p{uuid4().hex[:6]}"


def event(partner: str, event_id: str, **changes: Any) -> bytes:
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/partners/{partner}",
        "type": "partner.incident-reported.v1",
        "data": {"type": "noise", "description": "from next door", "purpose": "live"},
    }
    return json.dumps(attributes | changes).encode()


def publish(installed: Installed, partner: str, *records: tuple[Any, bytes]) -> None:
    async def send() -> None:
        topic, bootstrap = Topics().inbound(partner), installed.running.kafka_bootstrap
        admin, producer = Admin(bootstrap), Producer(bootstrap)
        await admin.ensure([topic], kept_forever=False)
        await producer.send_all([Outgoing(topic, 0, b"k", value, tuple(h)) for h, value in records])
        await producer.close()
        await admin.close()

    asyncio.run(send())


def replies(installed: Installed, partner: str) -> list[dict[str, Any]]:
    async def read() -> list[dict[str, Any]]:
        reader = Reader(installed.running.kafka_bootstrap)
        topic = Topics().replies(partner)
        await reader.open({(topic, partition): None for partition in range(16)})
        found = [json.loads(r.value or b"") for _ in range(4) for r in await reader.batch(0.5)]
        await reader.close()
        return [each["data"] for each in found]

    return asyncio.run(read())


def reports_of(installed: Installed, partner: str) -> list[dict[str, Any]]:
    with installed.client() as client:
        items = client.get("/api/v1/views/case-status", params={"limit": 1000}).json()["items"]
    return [item for item in items if item["partner"] == partner]


def dead_letters_of(installed: Installed, partner: str) -> list[dict[str, Any]]:
    found = json.loads(installed.command("dead-letters", "list", "--json", check=False))
    return [letter for letter in found if letter["partner"] == partner]


def test_both_modes_become_reports_and_are_answered(
    a_running_installation: Installed, a_partner: str
) -> None:
    binary = (
        ("ce_specversion", b"1.0"),
        ("ce_id", b"two"),
        ("content-type", b"application/json"),
        ("ce_source", f"/partners/{a_partner}/cad".encode()),
        ("ce_type", b"partner.incident-reported.v1"),
    )
    publish(
        a_running_installation,
        a_partner,
        (STRUCTURED, event(a_partner, "one")),
        (binary, b'{"description": "second", "type": "theft"}'),
    )
    rows = wait_for(
        lambda: len(found := reports_of(a_running_installation, a_partner)) == 2 and found,
        "both reports",
    )
    answered = {r["id"]: r for r in replies(a_running_installation, a_partner)}
    assert {r["status"] for r in answered.values()} == {"accepted"}
    numbers = {answered["one"]["report_number"], answered["two"]["report_number"]}
    assert numbers == {row["report_number"] for row in rows}


def test_a_repeat_is_one_report_and_other_content_under_the_same_id_supplements_it(
    a_running_installation: Installed, a_partner: str
) -> None:
    changed = event(a_partner, "one", data={"description": "something else"})
    publish(
        a_running_installation,
        a_partner,
        *[(STRUCTURED, event(a_partner, "one"))] * 3,
        (STRUCTURED, changed),
        (STRUCTURED, event(a_partner, "last")),
    )
    wait_for(lambda: len(reports_of(a_running_installation, a_partner)) == 2, "two reports")
    assert not dead_letters_of(a_running_installation, a_partner)
    found = wait_for(
        lambda: len(r := replies(a_running_installation, a_partner)) == 3 and r, "three replies"
    )
    said = {(r["id"], r["revision"]): r["report_number"] for r in found}
    assert set(said) == {("one", 1), ("one", 2), ("last", 1)}
    assert said["one", 1] == said["one", 2] != said["last", 1]
    with a_running_installation.client() as client:
        history = client.get(f"/console/calls/{said['one', 1]}").text
    assert "intake.report-supplemented.v1" in history


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"source": "/partners/PARTNER/other-system"}, "another source"),
        ({"type": "partner.call-shed.v1"}, "another type"),
    ],
)
def test_an_id_that_contradicts_its_own_past_is_a_dead_letter(
    a_running_installation: Installed, a_partner: str, change: dict[str, str], reason: str
) -> None:
    told = {name: text.replace("PARTNER", a_partner) for name, text in change.items()}
    publish(
        a_running_installation,
        a_partner,
        (STRUCTURED, event(a_partner, "one")),
        (STRUCTURED, event(a_partner, "one", **told)),
    )
    (letter,) = wait_for(lambda: dead_letters_of(a_running_installation, a_partner), "the letter")
    assert reason in letter["reason"]


@pytest.mark.parametrize(
    ("headers", "value", "reason"),
    [
        (STRUCTURED, b"\xff\xfenot json", "not JSON"),
        (STRUCTURED, b"", "no data"),
        ((), b'{"description": "no attributes"}', "specversion"),
        (STRUCTURED, event("somebody-else", "x"), "source"),
        (STRUCTURED, event("PARTNER", "x", type="partner.gossip.v1"), "unknown event type"),
        (STRUCTURED, event("PARTNER", "x", data={}), "neither description nor type"),
        (STRUCTURED, event("PARTNER", "x", data=[]), "not a JSON object"),
    ],
)
def test_what_cannot_be_used_is_kept_and_the_stream_goes_on(
    a_running_installation: Installed,
    a_partner: str,
    headers: tuple[tuple[str, bytes], ...],
    value: bytes,
    reason: str,
) -> None:
    poison = value.replace(b"PARTNER", a_partner.encode())
    publish(
        a_running_installation,
        a_partner,
        (headers, poison),
        (STRUCTURED, event(a_partner, "good")),
    )
    wait_for(lambda: reports_of(a_running_installation, a_partner), "the good report")
    (letter,) = dead_letters_of(a_running_installation, a_partner)
    assert reason in letter["reason"]
    shown = json.loads(a_running_installation.command("dead-letters", "show", letter["id"]))
    assert shown["headers"] == [[n, {"text": v.decode()}] for n, v in headers]
    again = a_running_installation.command("dead-letters", "replay", letter["id"], check=False)
    assert again == ""


def test_the_original_of_a_dead_letter_is_gone_after_its_days_and_the_note_of_it_stays(
    a_running_installation: Installed, a_partner: str
) -> None:
    here = a_running_installation
    publish(here, a_partner, (STRUCTURED, event(a_partner, "x", type="partner.gossip.v1")))
    (letter,) = wait_for(lambda: dead_letters_of(here, a_partner), "the dead letter")
    assert letter["kept"]
    with psycopg.connect(here.database_url) as connection:
        connection.execute(
            "update intake.dead_letters set received_at = received_at - interval '31 days'"
            " where id = %s",
            [letter["id"]],
        )
    here.kill("intake")
    wait_for(lambda: not dead_letters_of(here, a_partner)[0]["kept"], "the original to go", 60, 0.5)
    (noted,) = dead_letters_of(here, a_partner)
    assert (noted["id"], noted["reason"]) == (letter["id"], letter["reason"])
    for verb in ("show", "replay"):
        assert here.command("dead-letters", verb, letter["id"], check=False) == ""


class OddName(str):
    """A header name that leaves the client as bytes that are no UTF-8."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff" + super().encode(encoding, errors)


def test_a_header_name_that_is_not_utf8_stops_nobody(
    a_running_installation: Installed, a_partner: str
) -> None:
    odd = (*STRUCTURED, (OddName("x-odd"), b"1"))
    publish(
        a_running_installation,
        a_partner,
        (odd, event(a_partner, "odd")),
        (odd, b"not JSON"),
        (STRUCTURED, event(a_partner, "good")),
    )
    wait_for(lambda: len(reports_of(a_running_installation, a_partner)) == 2, "both good reports")
    (letter,) = dead_letters_of(a_running_installation, a_partner)
    shown = json.loads(a_running_installation.command("dead-letters", "show", letter["id"]))
    assert [name for name, _ in shown["headers"]] == ["content-type", "\\udcffx-odd"]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_a_partner_may_compress_as_it_likes(
    a_running_installation: Installed, a_partner: str, codec: str
) -> None:
    publish(a_running_installation, a_partner)  # makes the topic
    producer = KafkaProducer(
        bootstrap_servers=a_running_installation.running.kafka_bootstrap,
        compression_type=codec,
        metrics_enabled=False,
    )
    topic = Topics().inbound(a_partner)
    producer.send(topic, event(a_partner, codec), headers=list(STRUCTURED)).get(timeout=30)
    producer.close()
    wait_for(lambda: reports_of(a_running_installation, a_partner), "the report")
