"""What providers, forgers and broken networks send: no 5xx of ours, no leak, one report."""

from __future__ import annotations

import asyncio
import logging
from random import Random
from typing import TYPE_CHECKING

import orjson
import psycopg
import pytest

from services.intake.webhook_signature import signature
from services.runtime.clock import now
from tests.integration.intake.conftest import count, open_site
from tests.integration.intake.test_site import reports
from tests.integration.intake.texting.test_text_messages import LIGHT, review

if TYPE_CHECKING:
    from tests.integration.intake.texting.conftest import Provider

TABLES = ("text_conversations", "text_deliveries", "text_outgoing", "reports")
KNIFE = (
    b'{"id": "1", "from": "+18045550100", "text": "a man with a knife is at my door now MARKED"}'
)
ODD = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"\xff\xfe",
    b'{"text": "\xff"}',
    b'{"text": "\\ud800"}',
    b"{}",
    b'{"text": null}',
    b'{"text": ["a"]}',
    b'{"id": "", "from": "", "text": ""}',
    b'{"id": 5, "from": 7, "text": true}',
    b'{"text": "\\u0000\\u0001"}',
    b"\x00" * 100,
    '{"id": "x", "from": "+1", "text": "👍🏽👨‍👩‍👧‍👦"}'.encode(),
    '{"id": "x", "from": "+1", "text": "hola"}'.encode("utf-16"),
    orjson.dumps({"id": "i" * 5000, "from": "f" * 5000, "text": "t"}),
    orjson.dumps({"id": "z", "from": "+2", "text": "\u202eevil\u2028line"}),
    orjson.dumps({"id": "n", "from": "+3", "text": "x", "attachments": [None] * 1000}),
    b'{"text": ' + b"[" * 2000 + b"]" * 2000 + b"}",
]


async def nothing_is_stored(database_url: str) -> bool:
    return not any([await count(database_url, table) for table in TABLES])


@pytest.mark.parametrize("forged", ["secret", "late", "none", "inlet"])
async def test_what_is_not_signed_is_refused_and_leaves_nothing(
    sms: Provider,
    a_database: str,
    forged: str,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    at = str(int(now().timestamp()) - (1000 if forged == "late" else 0))
    secret = b"other" if forged == "secret" else sms.secret.encode()
    headers = {"Blotter-Timestamp": at, "Blotter-Signature": signature(secret, at, KNIFE)}
    inlet = "nobody" if forged == "inlet" else "sms"
    answer = await sms.client.post(
        f"/api/v1/text/{inlet}/messages", content=KNIFE, headers={} if forged == "none" else headers
    )
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["emergency"]["outcome"] == "divert"
    assert await nothing_is_stored(a_database)
    told = answer.text + caplog.text + "".join(capsys.readouterr())
    assert "MARKED" not in told
    assert "5550100" not in told


@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("channel", ["sms", "mail"])
async def test_an_odd_body_is_told_and_the_service_stays_up(
    sms: Provider, mail: Provider, channel: str, body: bytes
) -> None:
    answer = await (sms if channel == "sms" else mail).deliver(body)
    assert answer.status_code in (200, 400), answer.text
    assert answer.json()["emergency"]["outcome"]
    assert (await sms.says(LIGHT))["reply"]


async def test_a_huge_body_is_refused_unless_it_is_an_emergency(
    sms: Provider, a_database: str
) -> None:
    calm = await sms.deliver(orjson.dumps({"id": "1", "from": "+1", "text": "music " * 100_000}))
    assert calm.status_code == 413
    assert await nothing_is_stored(a_database)
    danger = "a man with a knife is at my door now, hurry. " + "music " * 100_000
    answer = await sms.deliver(orjson.dumps({"id": "2", "from": "+1", "text": danger}))
    assert answer.status_code == 200
    assert answer.json()["emergency"]["outcome"] == "divert"
    assert await count(a_database, "handoffs") == 1


async def test_a_long_message_is_kept_as_far_as_it_goes(sms: Provider, a_database: str) -> None:
    await sms.says("ruido 👍 " * 10_000)
    await review(a_database, minutes=100_000)
    (report,) = await reports(a_database)
    assert any("longer than can be kept" in warning for warning in report.warnings)


async def test_an_unreadable_body_with_an_emergency_in_it_is_kept(
    sms: Provider, a_database: str
) -> None:
    answer = await sms.deliver(KNIFE[:-1])
    assert answer.status_code == 200
    assert answer.json()["emergency"]["outcome"] == "divert"
    assert await count(a_database, "handoffs") == 1


async def test_a_name_that_is_none_opens_nothing(sms: Provider) -> None:
    for name in ("%00", "a%2Fb", "x" * 3000, "%ff"):
        answer = await sms.client.post(f"/api/v1/text/{name}/messages", content=KNIFE)
        assert answer.status_code in (401, 404)


async def test_with_postgres_away_the_answer_says_9_1_1_and_that_nothing_is_kept(
    sms: Provider, a_database: str
) -> None:
    await sms.says(LIGHT)
    async with open_site(a_database, "chesterfield") as client:
        sms.client = client
        await sms.says(LIGHT, "+18045550111")  # this process knows the inlet now
        await take_away(a_database)
        answer = await sms.deliver(KNIFE)
    assert answer.status_code == 503
    told = answer.json()
    assert told["emergency"]["outcome"] == "divert"
    assert told["reply"].startswith("Nobody has been sent. Call 9-1-1 now.")
    assert "could NOT keep" in told["reply"]


async def take_away(database_url: str) -> None:
    """Nobody may connect any more, and nobody is connected."""
    base, _, name = database_url.rpartition("/")
    async with await psycopg.AsyncConnection.connect(f"{base}/postgres", autocommit=True) as admin:
        await admin.execute(f'alter database "{name}" with allow_connections false'.encode())
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )


@pytest.mark.parametrize("seed", range(6))
async def test_any_interleaving_and_retry_of_deliveries_is_one_report_each(
    sms: Provider, mail: Provider, a_database: str, seed: int
) -> None:
    """Two people, one by text message and one by e-mail; their deliveries come again, late, at
    once and out of order, and each says the same every time."""
    random = Random(seed)
    texts = [LIGHT, "no", "Main Street", "1"]
    plan = [
        (provider, sender, text, f"{sender}{place}")
        for provider, sender in ((sms, "+18045550100"), (mail, "ann@example.org"))
        for place, text in enumerate(texts)
    ]
    deliveries = [each for each in plan for _ in range(random.randint(1, 4))]
    random.shuffle(deliveries)
    answers: dict[str, list[object]] = {}
    while deliveries:
        batch = [deliveries.pop() for _ in range(min(len(deliveries), random.randint(1, 5)))]
        given = await asyncio.gather(*(p.says(t, s, id_=i) for p, s, t, i in batch))
        for (*_, id_), answer in zip(batch, given, strict=True):
            answers.setdefault(id_, []).append(answer)
    assert all(one == given[0] for given in answers.values() for one in given)
    await review(a_database, minutes=100_000)
    assert await count(a_database, "reports") == 2
    assert await count(a_database, "text_deliveries") == len(plan)
    said = [str(each.statement) for each in await reports(a_database)]
    assert sum("Main Street" in each for each in said) >= 2
