"""A person is erased: nobody reads them any more, anywhere, and the history still holds."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest
from kafka import KafkaConsumer, TopicPartition
from psycopg import sql

from services.local.installation import Installation
from services.projections.personal.visibility import FIELDS
from tests.acceptance.checks import broken_invariants
from tests.acceptance.installation import Installed, installed, wait_for
from tests.acceptance.test_reads_are_events import csrf_of
from tests.acceptance.test_the_way_of_a_report import CALM, signed_in, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "Wilhelmina Quatermain-Oyelaran"
PHONE = "804-555-0142"
EMAIL = "Wilhelmina.Q@example.invalid"
PLATE = "QZX-7719"
NARRATIVE = "the heirloom zither was carried off under a tarpaulin"
NOTE = "she remembers the xylophonist from the corner house"
VALUES = (NAME, PHONE, "8045550142", "+18045550142", EMAIL, EMAIL.lower(), PLATE, NARRATIVE, NOTE)


@pytest.fixture(scope="module")
def here(request: pytest.FixtureRequest) -> Iterator[Installed]:
    """An installation of its own, whose every file is ours to read."""
    if request.config.getoption("--servers") != "embedded":
        pytest.skip("the files of the servers are not ours to read: run with --servers=embedded")
    with installed() as found:
        yield found


def filed(here: Installed, **changes: Any) -> str:
    """A report with everything personal one can give, triaged and opened as a call."""
    body = {
        "type": "theft",
        "description": NARRATIVE,
        "safety": CALM,
        "contact": {"name": NAME, "phone": PHONE, "email": EMAIL},
        "vehicles": [{"plate": PLATE}],
        "people": [{"role": "witness", "description": NAME}],
    } | changes
    with here.client() as staff:
        answer = staff.post("/api/v1/reports", json=body, headers={"idempotency-key": str(changes)})
        assert answer.status_code == 201, answer.text
        number = str(answer.json()["report_number"])
        status_of(staff, number)
        seen = staff.get(f"/api/v1/cases/{number}").headers["etag"]
        noted = staff.post(
            f"/api/v1/cases/{number}/notes", json={"note": NOTE}, headers={"if-match": seen}
        )
        staff.post(
            f"/api/v1/cases/{number}/resolve",
            json={"dispositions": ["cleared"]},
            headers={"if-match": noted.headers["etag"]},
        )
        status_of(staff, number, status="resolved")
    return number


def token(here: Installed, who: str) -> str:
    return here.command("token", "--role", "supervisor", "--label", who).strip()


def page(here: Installed, number: str) -> str:
    """The record's page, after everything on it that can be revealed was."""
    with signed_in(here, "administrator") as browser:
        masked = browser.get(f"/console/calls/{number}").text
        form = {"csrf": csrf_of(masked), "reason": "review", "field": [*FIELDS]}
        browser.post(f"/console/calls/{number}/reveal", data=form)
        return browser.get(f"/console/calls/{number}").text


def search(here: Installed, kind: str, value: str) -> list[str]:
    with here.client() as staff:
        answer = staff.post("/api/v1/search", json={"kind": kind, "value": value})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["report_numbers"])


def personal_data(here: Installed, number: str) -> str:
    with here.client() as staff:
        (row,) = staff.get("/api/v1/views/case-status", params={"report_number": number}).json()[
            "items"
        ]
        return str(row["personal_data"])


def everything(here: Installed) -> Iterator[tuple[str, bytes]]:
    """All that is kept: every file, every row of every table, every record of every topic."""
    for file in here.data.rglob("*"):
        if file.is_file():
            yield str(file), file.read_bytes()
    yield from _rows(here)
    yield from _records(here)


def _rows(here: Installed) -> Iterator[tuple[str, bytes]]:
    """Postgres compresses long values, so that files alone would not show them."""
    with psycopg.connect(here.database_url) as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables"
            " where schemaname in ('runtime', 'intake', 'triage', 'casework', 'projections')"
        ).fetchall()
        for schema, table in tables:
            query = sql.SQL("select * from {}").format(sql.Identifier(schema, table))
            for row in connection.execute(query):
                yield (
                    f"{schema}.{table}",
                    b"\n".join(
                        each if isinstance(each, bytes) else str(each).encode() for each in row
                    ),
                )


def _records(here: Installed) -> Iterator[tuple[str, bytes]]:
    """Batches are compressed, so that files alone would not show them."""
    consumer = KafkaConsumer(
        bootstrap_servers=here.running.kafka_bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    try:
        places = [
            TopicPartition(topic, partition)
            for topic in consumer.topics()
            for partition in consumer.partitions_for_topic(topic) or ()
        ]
        consumer.assign(places)
        ends = consumer.end_offsets(places)
        while any(consumer.position(place) < end for place, end in ends.items()):
            for record in chain.from_iterable(consumer.poll(1000).values()):
                yield record.topic, (record.key or b"") + b"\n" + (record.value or b"")
    finally:
        consumer.close()


def found_anywhere(here: Installed) -> dict[str, list[str]]:
    """Which values stand where, in the clear."""
    found: dict[str, list[str]] = {}
    looked_at = set()
    for place, content in everything(here):
        looked_at.add(place.partition(str(here.data))[2].split("/")[1] if "/" in place else place)
        for value in VALUES:
            if value.encode() in content:
                found.setdefault(value, []).append(place)
    assert {"postgres", "kafka", "logs", "intake.events", "blotter.reports"} <= looked_at
    return found


def keys_of(here: Installed, number: str) -> list[tuple[str, bytes, int]]:
    with psycopg.connect(here.database_url) as connection:
        return connection.execute(
            "select subject, wrapped, epoch from runtime.subject_keys k"
            " join intake.reports r on right(k.subject, 36) = r.report_id::text"
            " where report_number = %s and wrapped is not null order by subject",
            [number],
        ).fetchall()


@pytest.fixture(scope="module")
def number(here: Installed) -> str:
    return filed(here)


def test_before_the_erasure_values_are_read_by_those_who_may_and_stand_nowhere_in_the_clear(
    here: Installed, number: str
) -> None:
    shown = page(here, number)
    assert all(value in shown for value in (NAME, PHONE, EMAIL, PLATE, NARRATIVE, NOTE))
    for kind, value in (
        ("phone", "(804) 555 0142"),
        ("email", EMAIL.upper()),
        ("plate", "qzx 7719"),
    ):
        wait_for(lambda k=kind, v=value: search(here, k, v) == [number], f"{kind} to be found")
    assert found_anywhere(here) == {}
    assert _searches(here) >= {"phone", "email", "plate"}


def _searches(here: Installed) -> set[str]:
    """What was searched by, as the access events have it: kinds and no values."""
    with psycopg.connect(here.database_url) as connection:
        rows = connection.execute(
            "select body from access.events where type = 'access.listing-viewed.v1'"
        ).fetchall()
    found = [json.loads(bytes(row[0]))["data"] for row in rows]
    return {each["filter"]["kind"] for each in found if each["listing"] == "search"}


def test_two_persons_erase_and_nothing_can_be_read_any_more(
    here: Installed, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = keys_of(here, number)
    assert len(backup) == 2
    monkeypatch.setenv("BLOTTER_TOKEN", token(here, "anne"))
    here.command("hold", number, "--matter", "CL26-0042")
    with pytest.raises(AssertionError, match=r"exit 1[^$]*legal hold stands"):
        here.command("erase", "request", number, "--basis", "court-order")
    here.command("lift", number, "--matter", "CL26-0042")
    request = here.command("erase", "request", number, "--basis", "court-order").strip()
    with pytest.raises(AssertionError, match=r"exit 1[^$]*the same person"):
        here.command("erase", "approve", number, request)
    monkeypatch.setenv("BLOTTER_TOKEN", token(here, "bob"))
    address = here.command("erase", "approve", number, request).strip()
    wait_for(lambda: personal_data(here, number) == "erased", "the view to say erased")

    shown = page(here, number)
    assert "erased" in shown
    assert not any(value in shown for value in VALUES)
    assert search(here, "phone", PHONE) == search(here, "plate", PLATE) == []
    certificate = json.loads(here.command("erase", "certificate", request))
    assert address.endswith(certificate["certificate"])
    assert (certificate["requested"]["by"], certificate["approved"]["by"]) == ("anne", "bob")
    assert [each["fields"] for each in certificate["ledger_positions"]] == [
        ["statement", "contact", "pin_hash"],
        ["note"],
    ]
    assert found_anywhere(here) == {}
    here.settle()
    assert asyncio.run(broken_invariants(here.database_url)) == {}

    _the_history_is_still_proven(here, certificate)
    _nothing_personal_is_added(here, number)
    _a_restored_backup_does_not_bring_them_back(here, number, backup)


def _the_history_is_still_proven(here: Installed, certificate: dict[str, Any]) -> None:
    with here.client() as staff:
        events = staff.get("/api/v1/audit/events", params={"limit": 1000}).json()["items"]
    concerned = {each["position"] for each in certificate["ledger_positions"]}
    for item in events:
        if item["position"] in concerned:
            assert here.command("audit", "prove", item["event"]["id"])


def _nothing_personal_is_added(here: Installed, number: str) -> None:
    with here.client() as staff:
        seen = staff.get(f"/api/v1/cases/{number}").headers["etag"]
        answer = staff.post(
            f"/api/v1/cases/{number}/notes", json={"note": NOTE}, headers={"if-match": seen}
        )
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/erased")


def _a_restored_backup_does_not_bring_them_back(
    here: Installed, number: str, backup: list[tuple[str, bytes, int]]
) -> None:
    with psycopg.connect(here.database_url, autocommit=True) as connection:
        for subject, wrapped, epoch in backup:
            connection.execute(
                "update runtime.subject_keys set wrapped = %s, epoch = %s, destroyed_at = null"
                " where subject = %s",
                [wrapped, epoch, subject],
            )
    assert NARRATIVE in page(here, number), "the restore is no restore"
    assert here.command("keys", "register", check=False).endswith("2 of them live again\n")
    here.kill("casework")
    wait_for(lambda: not keys_of(here, number), "the keys to be destroyed again")
    assert NARRATIVE not in page(here, number)


def test_a_sealed_person_is_hidden_and_a_new_epoch_changes_nothing_for_the_others(
    here: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = filed(here, description="a second matter of mine, with a harpsichord")
    monkeypatch.setenv("BLOTTER_TOKEN", token(here, "anne"))
    here.command("keys", "rotate")
    assert "harpsichord" in page(here, other)
    wait_for(lambda: search(here, "phone", PHONE) == [other], "the index to be made anew")
    here.command("seal", other, "--basis", "sealing-order")
    shown = page(here, other)
    assert "harpsichord" not in shown
    assert "sealed" in shown
    assert search(here, "phone", PHONE) == []
    here.command("unseal", other, "--basis", "court-order")
    assert "harpsichord" in page(here, other)


def test_a_records_request_gives_the_same_redacted_bytes_again(
    here: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = filed(here, description="a third matter, with a theremin")
    monkeypatch.setenv("BLOTTER_TOKEN", token(here, "anne"))
    opened = here.command("records-request", "open", asked, "--received", "2026-11-20")
    request, *_, due = opened.split()
    assert due == "2026-12-01"  # Thanksgiving and the day after lie between
    wait_for(lambda: request in here.command("records-request", "list", "--json", check=False), "x")
    said = json.loads(
        here.command("records-request", "export", request, "--out", str(tmp_path / "1.json"))
    )
    content = (tmp_path / "1.json").read_bytes()
    assert b"[redacted: personal-contact]" in content
    assert b"[redacted: identifying-information]" in content
    assert not any(value.encode() in content for value in (*VALUES, "theremin"))
    here.command("records-request", "release", request, "--through", str(said["through"]))
    again = ["--out", str(tmp_path / "2.json"), "--through", str(said["through"])]
    here.command("records-request", "export", request, *again)
    assert (tmp_path / "2.json").read_bytes() == content
    with psycopg.connect(here.database_url) as connection:
        made = connection.execute(
            "select body from access.events where type = 'access.export-made.v1'"
        ).fetchall()
    told = [json.loads(bytes(row[0])) for row in made]
    assert len(told) >= 2  # releasing looks at the same bytes once more
    assert all(each["data"]["numbers"] == [asked] for each in told)
    assert {each["data"]["digest"] for each in told} == {sha256(content).hexdigest()}
    assert {each["actor"] for each in told} == {"anne"}


def test_a_browser_of_another_role_may_not_search(here: Installed) -> None:
    password = Installation(here.data).development_password()
    with httpx.Client(base_url=here.url, follow_redirects=True) as browser:
        browser.post("/console/sign-in", data={"account": "analyst", "password": password})
        answer = browser.post("/api/v1/search", json={"kind": "phone", "value": PHONE})
    assert answer.status_code == 403
    assert PHONE not in answer.text
