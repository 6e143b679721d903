"""Somebody asks something: answered at once, left for a person, or told to call 9-1-1."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4  # noqa: TID251 - keys as a browser gets them

import psycopg

from events.inquiries import InquiryAnswered, InquiryLeftOpen, InquiryReceived
from services.intake.inquiries.answer_search import FOUND_SQL
from services.runtime.database import connect
from tests.unit.pages.document import Document

if TYPE_CHECKING:
    import httpx

    from tests.integration.intake.inquiries.office import Office
    from tests.servers import Servers

NUMBER, PIN = re.compile(r"Q-\d{3}-\d{3}-\d{3}"), re.compile(r"<dd>(\d{6})</dd>")
INQUIRY = re.compile(r'name="inquiry_id" value="([^"]+)"')


def words(answer: httpx.Response) -> str:
    """What a reader sees of the page."""
    return Document(answer.text).all("main")[0].words


async def ask(office: Office, question: str, prefix: str = "", **more: str) -> httpx.Response:
    form = {"question": question, "form_key": str(uuid4())} | more
    return await office.client.post(f"{prefix}/answers", data=form)


def links(answer: httpx.Response) -> list[str]:
    """The answers that were shown, best first."""
    page = Document(answer.text)
    articles = [each for each in page.all("a") if each.inside("article")]
    return [each["href"].rpartition("/")[2] for each in articles]


FOUND = [
    ("", "How do I get a copy of my report?", "report-copy"),
    ("", "Until what time may my neighbors play loud music?", "noise"),
    ("", "potholes", "road-trouble"),
    ("", "You have my bike in evidence. How can I get it back?", "recovered-property"),
    ("/es", "¿Hasta que hora se permite la MUSICA?", "noise"),
    ("/es", "vehículos abandonados en mi calle", "parking"),
    ("/es", "¿Cómo me quejo de un oficial?", "officer-complaint"),
    ("/es", "a que numero llamo", "which-number"),
]


async def test_a_question_finds_its_answer_in_either_language(office: Office) -> None:
    for prefix, question, answer in FOUND:
        told = await ask(office, question, prefix)
        assert (told.status_code, question) == (200, question)
        assert links(told)[0] == answer
        assert "Version 1" in words(told) or "Versión 1" in words(told)
        received, shown = (await office.events("inquiry"))[-2:]
        assert isinstance(received.data, InquiryReceived)
        assert isinstance(shown.data, InquiryAnswered)
        assert received.data.question.value == question
        assert [each.answer for each in shown.data.shown] == links(told)
        assert {each.edition for each in shown.data.shown} == {1}


async def test_every_answer_is_found_by_its_own_title(office: Office) -> None:
    for prefix, language in (("", "en"), ("/es", "es")):
        listed = await office.client.get("/api/v1/answers", params={"language": language})
        for item in listed.json()["items"]:
            assert links(await ask(office, item["title"], prefix))[0] == item["answer"]


async def test_the_search_can_go_through_the_index(office: Office) -> None:
    async with await connect(office.url, "intake") as connection, connection.transaction():
        await connection.execute("set local enable_seqscan = off")
        cursor = await connection.execute(
            f"explain {FOUND_SQL}".encode(),
            {"words": "loud music", "language": "en", "day": date(2026, 7, 1)},
        )
        plan = " ".join([row[0] for row in await cursor.fetchall()])
    assert "answer_editions_by_words" in plan


async def test_no_words_break_the_search(office: Office) -> None:
    for question in (
        "'",
        "\\",
        "a & b | !c",
        "noise:* <-> music",
        "'' or 1=1 --",
        "%s %(day)s {0}",
        "🎺 ¡música!",
        "ضوضاء",
        "e" * 3000,
        "1e999 0x1F -5.3 http://a.b/c?d=e a@b.c",
        "the of and",
        "\ufffe noise",
        "noise\x00music",
        "ﬁreworks ½ Straße İ",
    ):
        for prefix in ("", "/es"):
            assert (await ask(office, question, prefix)).status_code in (200, 201)


async def test_what_was_asked_is_stored_nowhere_in_the_clear(office: Office) -> None:
    await ask(office, "Is Balthazar Quist allowed a trumpet?")
    await office.settle()
    for table in ("intake.events", "projections.ledger"):
        async with await psycopg.AsyncConnection.connect(office.url) as connection:
            cursor = await connection.execute(
                f"select count(*) from {table} where position('Quist'::bytea in body) > 0".encode()
            )
            assert await cursor.fetchone() == (0,)


async def test_what_nothing_answers_gets_a_number_to_come_back_with(office: Office) -> None:
    told = await ask(office, "Wann darf ich grillen?")
    assert told.status_code == 201
    number, pin = NUMBER.findall(told.text)[0], PIN.findall(told.text)[0]
    waiting = {"inquiry_number": number, "pin": pin}
    yours = await office.client.post("/answers/yours", data=waiting)
    assert "Wann darf ich grillen?" in words(yours)
    assert "Nobody has answered yet." in words(yours)
    wrong = await office.client.post("/answers/yours", data=waiting | {"pin": "000000"})
    unknown = await office.client.post("/answers/yours", data=waiting | {"inquiry_number": "1"})
    assert [wrong.status_code, unknown.status_code] == [404, 404]
    assert "grillen" not in wrong.text


async def test_ten_wrong_pins_lock_a_question(office: Office) -> None:
    told = await ask(office, "Wann darf ich grillen?")
    number, pin = NUMBER.findall(told.text)[0], PIN.findall(told.text)[0]
    for _ in range(10):
        await office.client.post("/answers/yours", data={"inquiry_number": number, "pin": "0"})
    right = await office.client.post("/answers/yours", data={"inquiry_number": number, "pin": pin})
    assert right.status_code == 404


async def test_what_did_not_help_goes_to_a_person_once(office: Office) -> None:
    told = await ask(office, "May I play loud music at a parade?")
    sent = {"inquiry_id": INQUIRY.findall(told.text)[0]}
    answers = [await office.client.post("/answers/not-helpful", data=sent) for _ in range(3)]
    assert {each.status_code for each in answers} == {201}
    assert len({tuple(PIN.findall(each.text)) for each in answers}) == 1
    (left,) = await office.events("left-open")
    assert isinstance(left.data, InquiryLeftOpen)
    assert left.data.why == "not-helpful"
    unknown = await office.client.post("/answers/not-helpful", data={"inquiry_id": str(uuid4())})
    assert unknown.status_code == 409


async def test_a_form_that_is_sent_many_times_asks_once(office: Office) -> None:
    for asked, question in enumerate(("Wann darf ich grillen?", "loud music"), 1):
        key = str(uuid4())
        answers = await asyncio.gather(*(ask(office, question, form_key=key) for _ in range(8)))
        assert len({each.text for each in answers}) == 1
        assert len(await office.events("inquiry-received")) == asked
        other = await ask(office, "Something else", form_key=key)
        assert other.status_code == 422
        assert "Something else" in other.text
        assert re.findall(r'name="form_key" value="([^"]+)"', other.text) != [key]


async def test_an_emergency_among_the_questions_is_filed_and_9_1_1_said_first(
    office: Office,
) -> None:
    key = str(uuid4())
    for _ in range(2):
        told = await ask(office, "What do I do about smoke?", danger="yes", form_key=key)
        assert told.status_code == 201
        assert words(told).startswith("Call 9-1-1 now Nobody has been sent.")
    (filed,) = await office.events("report-submitted")
    (asked,) = await office.events("inquiry")
    assert asked.data.question.subject == filed.stream_id  # type: ignore[attr-defined]
    assert filed.data.statement.value.description == "What do I do about smoke?"  # type: ignore[attr-defined]
    assert filed.data.emergency.outcome == "divert"  # type: ignore[attr-defined]
    assert asked.data.report_number == filed.data.report_number  # type: ignore[attr-defined]
    assert await office.count("intake.handoffs") == 1


async def test_in_spanish_the_emergency_is_said_in_spanish(office: Office) -> None:
    told = await ask(office, "hay humo", "/es", danger="yes")
    assert words(told).startswith("Llame al 9-1-1 ahora")


EMERGENCIES = [
    ("", "Who do I call if my house is on fire right now?"),
    ("", "How long does an ambulance take, my father has chest pain"),
    ("/es", "¿a quién llamo? mi esposo no respira"),
]


async def test_words_alone_make_a_question_an_emergency(office: Office) -> None:
    for prefix, question in EMERGENCIES:
        told = await ask(office, question, prefix)
        assert told.status_code == 201
        assert words(told).startswith(("Call 9-1-1 now", "Llame al 9-1-1 ahora"))
    assert await office.count("intake.handoffs") == len(EMERGENCIES)
    calm = await ask(office, "Is there a fire department near me?", danger="no")
    assert "Call 9-1-1 now" not in words(calm)[:20]


async def test_in_doubt_the_question_about_danger_comes_first_and_a_person_looks(
    office: Office,
) -> None:
    told = await ask(office, "loud music", danger="unsure")
    assert words(told).startswith("One question first Nobody has been sent.")
    assert links(told)[0] == "noise"
    assert NUMBER.search(told.text)
    assert PIN.search(told.text)
    (left,) = await office.events("left-open")
    assert left.data.why == "in-doubt"  # type: ignore[attr-defined]


async def test_when_the_list_of_questions_fails_an_emergency_is_filed_and_listed_later(
    office: Office, a_database: str
) -> None:
    key = str(uuid4())
    async with await psycopg.AsyncConnection.connect(a_database, autocommit=True) as connection:
        await connection.execute("alter table intake.inquiries rename to elsewhere")
        told = await ask(office, "smoke", danger="yes", form_key=key)
        assert words(told).startswith("Call 9-1-1 now")
        assert await office.events("inquiry") == []
        assert len(await office.events("report-submitted")) == 1
        await connection.execute("alter table intake.elsewhere rename to inquiries")
    await ask(office, "smoke", danger="yes", form_key=key)
    assert len(await office.events("inquiry")) == 1
    assert len(await office.events("report-submitted")) == 1
    assert await office.count("intake.handoffs") == 1


async def test_what_cannot_be_asked_is_told_and_danger_all_the_same(office: Office) -> None:
    for question in ("", "   ", "\x00" * 3, "x" * 10_001, "x" * 40_000):
        told = await ask(office, question)
        assert told.status_code in (201, 413, 422)
        danger = await office.client.post("/answers", data={"question": question, "danger": "yes"})
        assert "Call 9-1-1 now" in words(danger)
    assert await office.count("intake.handoffs") >= 4  # the longest may not fit an event
    many = b"danger=yes&" + b"a=b&" * 300
    for body in (b"\xff\xfe", b"question=%ff%fe", b"=&&=", b"question", many):
        told = await office.client.post(
            "/answers",
            content=body,
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert told.status_code < 500
    for path in ("/answers/%00", "/answers/x%00/1", "/answers/noise/99999999999999999999"):
        assert (await office.client.get(path)).status_code == 404
    for path in ("/answers/%00", "/inquiries/%00", "/answers?subject=%00"):
        assert (await office.client.get("/api/v1" + path)).status_code < 500


async def test_with_postgres_away_an_emergency_is_still_said_and_the_question_stays(
    office: Office, servers: Servers
) -> None:
    name = office.url.rpartition("/")[2]
    async with await psycopg.AsyncConnection.connect(
        servers.database_url, autocommit=True
    ) as admin:
        await admin.execute(f'alter database "{name}" with allow_connections false'.encode())
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )
    told = await ask(office, "What do I do about smoke?", danger="yes")
    assert told.status_code == 503
    assert words(told).startswith("Call 9-1-1 now")
    assert "What do I do about smoke?" in told.text
    assert "in this page only" in words(told)
    calm = await ask(office, "When is noise not allowed?")
    assert calm.status_code == 503
    assert "When is noise not allowed?" in calm.text
    program = await office.client.post(
        "/api/v1/inquiries", json={"question": "smoke", "danger": "yes"}
    )
    assert program.status_code == 503
    assert program.json()["emergency"]["outcome"] == "divert"


async def test_a_program_asks_and_comes_back(office: Office) -> None:
    client, key = office.client, {"Idempotency-Key": str(uuid4())}
    body: dict[str, Any] = {"question": "ruido de noche", "language": "es"}
    first = await client.post("/api/v1/inquiries", json=body, headers=key)
    again = await client.post("/api/v1/inquiries", json=body, headers=key)
    assert first.status_code == 201
    assert first.json() == again.json()
    assert first.json()["answers"][0]["answer"] == "noise"
    assert first.json()["answers"][0]["language"] == "es"
    left = await client.post(f"/api/v1/inquiries/{first.json()['inquiry_id']}/not-helpful")
    pin = {"Inquiry-PIN": left.json()["pin"]}
    number = left.json()["inquiry_number"]
    yours = await client.get(f"/api/v1/inquiries/{number}", headers=pin)
    assert (yours.json()["question"], yours.json()["replies"]) == ("ruido de noche", [])
    assert (await client.get(f"/api/v1/inquiries/{number}")).status_code == 404
    for bad in (b"", b"[]", b"{", b'{"question": 7}', b'{"danger": "yes"}'):
        refused = await client.post("/api/v1/inquiries", content=bad)
        assert 400 <= refused.status_code < 500
        assert refused.json()["emergency"]["outcome"] in ("none", "divert")


async def test_an_unlike_agency_answers_in_its_one_language(an_unlike_office: Office) -> None:
    told = await ask(an_unlike_office, "Where can I moor my boat overnight?")
    assert links(told) == ["moorings"]
    assert (await an_unlike_office.client.get("/es/answers")).status_code == 404
