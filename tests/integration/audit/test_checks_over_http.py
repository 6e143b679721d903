"""Comparisons, samples and reports over HTTP: for readers of the audit, and each told as a read."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
import pytest_asyncio
from pydantic import SecretStr

from events.codec import decode
from services.audit import long_answers
from services.runtime.database import connect
from services.runtime.identity import Role, make_token
from services.runtime.settings import Settings
from services.web import create_app
from tests.integration.projections.random_histories import (
    KEY,
    SECRETS,
    caught_up,
    random_history,
    stored,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from events.envelope import Envelope

NUMBER = next(iter(random_history(1).reports))


@pytest_asyncio.fixture
async def tokens(a_database: str) -> AsyncIterator[dict[str, str]]:
    """A past, and a token for each role."""
    async with await connect(a_database, "projections") as connection:
        await stored(connection, random_history(1).events)
        await caught_up(connection)
    async with await connect(a_database, "runtime") as connection:
        yield {role.value: await make_token(connection, role, role.value) for role in Role}


@pytest_asyncio.fixture
async def web(a_database: str, tokens: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """The read side, asked by an auditor."""
    settings = Settings(
        database_url=a_database,
        kafka_bootstrap="127.0.0.1:1",
        master_key=SecretStr(b64encode(KEY).decode()),
        agency=Path(__file__).parents[3] / "deploy" / "agency" / "lakeside",
    )
    app = create_app(settings, ("projections",))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        client.headers["authorization"] = f"Bearer {tokens['auditor']}"
        yield client


def reads(database_url: str) -> list[Envelope]:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("select body from access.events order by recorded_at").fetchall()
    return [decode(bytes(row[0])) for row in rows]


def by_hand(database_url: str, statement: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(statement.encode())


@pytest.mark.parametrize("query", [{}, {"number": NUMBER}, {"percent": 50, "seed": 2}])
async def test_what_differs_is_answered_once_the_replay_is_recorded(
    web: httpx.AsyncClient, a_database: str, query: dict[str, str]
) -> None:
    found = (await web.get("/api/v1/audit/diff", params=query)).json()
    assert (found["different_rows"], found["head"]) == (0, len(random_history(1).events) - 1)
    (read,) = reads(a_database)
    assert read.type == "access.replay-run.v1"
    by_hand(a_database, "update projections.case_status_calls set officer = 'nobody-we-know'")
    found = (await web.get("/api/v1/audit/diff", params=query)).json()
    assert found["different_rows"] >= 1
    assert {each["field"] for row in found["differences"] for each in row["fields"]} == {"officer"}


async def test_only_readers_of_the_audit_may_ask(
    web: httpx.AsyncClient, tokens: dict[str, str]
) -> None:
    asked = ("diff", "sample?n=1&seed=1", f"report?number={NUMBER}")
    for role, expected in {"officer": 403, "analyst": 403, "supervisor": 200}.items():
        for path in asked:
            headers = {"authorization": f"Bearer {tokens[role]}"}
            answer = await web.get(f"/api/v1/audit/{path}", headers=headers)
            assert answer.status_code == expected, (role, path)


async def test_a_long_answer_is_kept_alive_and_still_one_document(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_answers, "EVERY_SECONDS", 0.001)
    answer = await web.get("/api/v1/audit/diff")
    assert answer.text.startswith(" ")
    assert answer.json()["different_rows"] == 0


async def test_an_event_that_cannot_be_replayed_is_a_problem_in_the_body(
    web: httpx.AsyncClient, a_database: str
) -> None:
    by_hand(a_database, "alter table projections.ledger disable trigger ledger_only_grows")
    by_hand(a_database, "update projections.ledger set type = 'casework.odd.v1' where position = 7")
    assert "position 7" in (await web.get("/api/v1/audit/diff")).json()["detail"]


async def test_a_sample_names_the_bad_term(web: httpx.AsyncClient, a_database: str) -> None:
    query = "n=2&seed=1&where=colour%3Dred"
    answer = await web.get(f"/api/v1/audit/sample?{query}")
    assert (answer.status_code, "colour=red" in answer.json()["detail"]) == (422, True)
    found = (await web.get("/api/v1/audit/sample", params={"n": 2, "seed": 1})).json()
    (read,) = reads(a_database)
    drawn = {row["id"] for row in found["items"]}
    assert {str(each) for each in read.data.records} == drawn  # type: ignore[attr-defined]


@pytest.mark.parametrize(("form", "begin"), [("html", b"<!doctype html>"), ("pdf", b"%PDF-")])
async def test_a_report_leaves_once_its_export_is_recorded(
    web: httpx.AsyncClient, a_database: str, form: str, begin: bytes
) -> None:
    answer = await web.get("/api/v1/audit/report", params={"number": NUMBER, "format": form})
    assert answer.content.startswith(begin)
    assert not any(secret.encode() in answer.content for secret in SECRETS)
    (read,) = reads(a_database)
    assert read.data.form == f"report-{form}"  # type: ignore[attr-defined]
    assert read.data.digest == sha256(answer.content).hexdigest()  # type: ignore[attr-defined]


async def test_numbers_and_positions_that_lead_nowhere_are_problems(web: httpx.AsyncClient) -> None:
    for path, status in {
        "diff?number=999": 404,
        "report?number=999": 404,
        f"report?number={NUMBER}&through=99999": 422,
        "sample?n=1&seed=1&through=99999": 422,
        "sample?n=0&seed=1": 422,
        f"report?number={NUMBER}&format=doc": 422,
    }.items():
        assert (await web.get(f"/api/v1/audit/{path}")).status_code == status, path


async def test_a_page_says_whether_the_ledger_and_a_record_are_sound(
    web: httpx.AsyncClient, a_database: str
) -> None:
    assert "Nothing is signed yet" in (await web.get("/console/audit")).text
    await web.get("/api/v1/audit/checkpoint")
    assert "No other office cosigns" in (await web.get("/console/audit")).text
    events = len(random_history(1).events)
    whole = await web.get("/console/audit/verify")
    assert whole.text.rstrip().endswith("</html>")
    assert f"<dd>{events}/{events}</dd>" in whole.text
    alone = await web.get("/console/audit/verify", params={"number": NUMBER})
    for page in (whole, alone):
        assert '<span class="good">Sound</span>' in page.text
    assert f"/api/v1/audit/export?number={NUMBER}" in alone.text
    assert (await web.get("/console/audit/verify?number=999")).status_code == 404
    assert (await web.get("/console/audit/diff", params={"number": NUMBER})).status_code == 200
    by_hand(a_database, "alter table projections.ledger disable trigger ledger_only_grows")
    by_hand(a_database, "update projections.ledger set version = 9 where position = 0")
    told = (await web.get("/console/audit/verify")).text
    assert "First bad position 0" in " ".join(told.split())


async def test_receipts_and_a_verdict_are_answered_by_number(
    web: httpx.AsyncClient, a_database: str
) -> None:
    found = (await web.get("/api/v1/audit/prove", params={"number": NUMBER})).json()
    assert found["items"]
    verdict = (await web.get("/api/v1/audit/verify", params={"number": NUMBER})).json()
    assert (verdict["exit"], verdict["record"]) == (0, NUMBER)
    told = {read.data.replay for read in reads(a_database)}  # type: ignore[attr-defined]
    assert told == {"prove", "verify"}
    for verb in ("prove", "verify", "export"):
        assert (await web.get(f"/api/v1/audit/{verb}?number=999")).status_code == 404
