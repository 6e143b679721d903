"""Rounds of kill -9: clients post while every process in turn, and the broker, is killed."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from tests.acceptance.installation import Installed

VICTIMS = ("intake", "triage", "casework", "projections", "web", "kafka")
CLIENTS = 4
TYPES = ("noise", "theft", "vandalism", "parking", "suspicious-person")


@dataclass
class Posted:
    """What the clients were told."""

    acknowledged: list[str] = field(default_factory=list)
    keys: int = 0
    doubled: list[str] = field(default_factory=list)
    by_key: dict[str, str] = field(default_factory=dict)


def a_report(chance: random.Random) -> dict[str, object]:
    """A report somewhere in a few blocks, so that some are duplicates of others."""
    return {
        "type": chance.choice(TYPES),
        "description": f"report {chance.random()}",
        "location": {
            "latitude": 37.35 + chance.random() / 20,
            "longitude": -77.5 + chance.random() / 20,
        },
        "safety": {"weapon": chance.choice(["no", "no", "no", "yes"])},
    }


def post_until(installed: Installed, stop: threading.Event, seed: int, posted: Posted) -> None:
    """One client: each report has a key and is sent until it is acknowledged, sometimes twice."""
    chance = random.Random(seed)
    with httpx.Client(base_url=installed.url, timeout=10) as client:
        while not stop.is_set():
            key, body = f"{seed}-{chance.random()}", a_report(chance)
            posted.keys += 1
            for number in _send(client, key, body, stop, again=chance.random() < 0.1):
                first = posted.by_key.setdefault(key, number)
                if first != number:
                    posted.doubled.append(key)
                posted.acknowledged.append(number)
            time.sleep(0.01)


def _send(
    client: httpx.Client, key: str, body: dict[str, object], stop: threading.Event, *, again: bool
) -> list[str]:
    numbers: list[str] = []
    while len(numbers) < (2 if again else 1):
        try:
            answer = client.post("/api/v1/reports", json=body, headers={"Idempotency-Key": key})
        except httpx.HTTPError:
            answer = None
        if answer is not None and answer.status_code == 201:
            numbers.append(answer.json()["report_number"])
        elif stop.is_set():
            break
        else:
            time.sleep(0.05)
    return numbers


def one_round(installed: Installed, seed: int) -> Posted:
    """Post and kill; gives what was acknowledged. Nothing is checked here."""
    chance = random.Random(seed)
    posted, stop = Posted(), threading.Event()
    clients = [
        threading.Thread(target=post_until, args=(installed, stop, seed * 100 + n, posted))
        for n in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    try:
        for victim in chance.sample(VICTIMS, len(VICTIMS)):
            time.sleep(0.3 + chance.random())
            installed.kill(victim)
            if chance.random() < 0.3:
                time.sleep(chance.random())
                installed.kill(victim)
        time.sleep(1)
    finally:
        stop.set()
        for client in clients:
            client.join()
    return posted
