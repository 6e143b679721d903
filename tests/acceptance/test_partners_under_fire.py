"""Retry storms and kill -9 at the partner inlet: 0 lost, 0 doubled, every reply arrives."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4  # noqa: TID251 - a partner of this test's own

import httpx
import psycopg
import pytest

from tests.acceptance.checks import broken_invariants
from tests.acceptance.installation import wait_for
from tests.acceptance.test_partners import STRUCTURED, event, publish, replies, reports_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.installation import Installed

PATH = "/api/v1/partner/events"
ROUNDS = 2
BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def a_known_partner(a_running_installation: Installed) -> tuple[str, str]:
    """A partner that was added, and its token."""
    name = f"p{uuid4().hex[:6]}"
    made = json.loads(a_running_installation.command("partner", "add", name, "--json"))
    return name, made["token"]


def answered(here: Installed, partner: str) -> dict[tuple[str, int], str]:
    """(id, revision) → report number, as the replies tell it."""
    found = replies(here, partner)
    return {(r["id"], r["revision"]): r["report_number"] for r in found if "revision" in r}


@contextmanager
def nobody_relays(here: Installed) -> Iterator[None]:
    """Intake lives and commits, but its relay waits: the lock of relays is ours."""
    with psycopg.connect(here.database_url, autocommit=True) as connection:
        taken = "select pg_try_advisory_lock(hashtext('relay intake'))"
        here.kill("intake")

        def take() -> bool:
            row = connection.execute(taken).fetchone()
            return bool(row and row[0])

        wait_for(take, "the lock of the relay", every_seconds=0.002)
        yield


def commits(here: Installed, partner: str) -> int:
    with psycopg.connect(here.database_url) as connection:
        row = connection.execute(
            "select count(*) from intake.partner_answers where partner = %s", [partner]
        ).fetchone()
    return int(row[0]) if row else 0


@pytest.mark.parametrize("channel", ["http", "kafka"])
def test_a_kill_between_commit_and_reply_loses_no_reply(
    a_running_installation: Installed, a_known_partner: tuple[str, str], channel: str
) -> None:
    here, (partner, token) = a_running_installation, a_known_partner
    events = [event(partner, f"e{number}") for number in range(20)]
    with nobody_relays(here):
        if channel == "kafka":
            publish(here, partner, *[(STRUCTURED, each) for each in events])
        else:
            body, headers = b"[" + b",".join(events) + b"]", {"content-type": BATCH}
            with here.client(authorization=f"Bearer {token}") as client:
                assert client.post(PATH, content=body, headers=headers).status_code == 202
        wait_for(lambda: commits(here, partner) == 20, "the commits")
        assert not replies(here, partner)
        here.kill("intake")
    wait_for(lambda: len(answered(here, partner)) == 20, "every reply", 60)
    wait_for(lambda: len(reports_of(here, partner)) == 20, "every report", 60)
    numbers = {row["report_number"] for row in reports_of(here, partner)}
    assert set(answered(here, partner).values()) == numbers


def storm(here: Installed, token: str, batches: list[bytes], seed: int) -> Counter[str]:
    """Send every batch until it has a receipt; a third of the answers is not waited for."""
    chance, said = random.Random(seed), Counter[str]()
    headers = {"authorization": f"Bearer {token}", "content-type": BATCH}
    left = batches * ROUNDS
    chance.shuffle(left)
    client = httpx.Client(base_url=here.url, headers=headers, timeout=20)
    while left:
        batch = left.pop()
        if chance.random() < 0.33:
            hang_up(here, token, batch)
            said["hung up"] += 1
            left.insert(0, batch)
            continue
        try:
            answer = client.post(PATH, content=batch)
        except httpx.TransportError:
            said["no answer"] += 1
        else:
            said[str(answer.status_code)] += 1
            if answer.status_code == 202:
                continue
            assert answer.status_code in (500, 503), answer.text
            assert "emergency" in answer.json()
        left.insert(0, batch)
        time.sleep(0.1)
    client.close()
    return said


def hang_up(here: Installed, token: str, batch: bytes) -> None:
    """Send the whole request, or most of it, and leave."""
    address = urlsplit(here.url)
    head = (
        f"POST {PATH} HTTP/1.1\r\nhost: {address.netloc}\r\nauthorization: Bearer {token}\r\n"
        f"content-type: {BATCH}\r\ncontent-length: {len(batch)}\r\n\r\n"
    ).encode()
    whole = head + batch
    try:
        with socket.create_connection((address.hostname or "", address.port or 0), 5) as line:
            line.sendall(whole if len(batch) % 2 else whole[: len(whole) - 20])
            time.sleep(0.01)
    except OSError:
        pass


def test_a_storm_of_retries_while_everything_is_killed_loses_and_doubles_nothing(
    a_running_installation: Installed, a_known_partner: tuple[str, str]
) -> None:
    here, (partner, token) = a_running_installation, a_known_partner
    events = [event(partner, f"e{number}", data=_data(number)) for number in range(120)]
    changed = [event(partner, f"e{number}", data=_data(number, "more")) for number in range(30)]
    groups = [[*events[i : i + 6], *changed[i // 4 : i // 4 + 2]] for i in range(0, 120, 6)]
    batches = [b"[" + b",".join(group) + b"]" for group in groups]
    over = threading.Event()
    with ThreadPoolExecutor(7) as pool:
        storms = [pool.submit(storm, here, token, batches, seed) for seed in range(6)]
        killer = pool.submit(kill_again_and_again, here, over)
        publish(here, partner, *[(STRUCTURED, each) for each in (*events, *changed, *events)])
        said = sum((each.result() for each in storms), Counter[str]())
        over.set()
        kills = killer.result()
    assert kills >= 3
    assert said["202"] == 6 * len(batches) * ROUNDS
    here.settle()
    rows = reports_of(here, partner)
    assert len(rows) == len({row["report_number"] for row in rows}) == 120
    told = wait_for(lambda: len(t := answered(here, partner)) >= 150 and t, "every reply", 60)
    assert {number for _, number in told} <= {1, 2}
    assert {identity for identity, _ in told} == {f"e{number}" for number in range(120)}
    assert sum(revision == 2 for _, revision in told) == 30
    assert set(told.values()) == {row["report_number"] for row in rows}
    assert not asyncio.run(broken_invariants(here.database_url))


def _data(number: int, more: str = "") -> dict[str, Any]:
    return {"type": "noise", "description": f"no. {number} {more}", "purpose": "live"}


def kill_again_and_again(here: Installed, over: threading.Event) -> int:
    """kill -9 of web and intake in turn, until the storm is over; gives how often."""
    kills = 0
    while not over.wait(0.7):
        if _answers(here):
            here.kill(("web", "intake")[kills % 2])
            kills += 1
    return kills


def _answers(here: Installed) -> bool:
    """The web process is up: killed before that, nothing would ever get on."""
    try:
        return httpx.get(f"{here.url}/health", timeout=2).status_code == 200
    except httpx.TransportError:
        return False
