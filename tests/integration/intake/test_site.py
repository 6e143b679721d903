"""The public site as a resident meets it: no JavaScript, no account, nothing lost."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING

import psycopg
import pytest

from events.codec import decode
from services.agency.site_loader import load_site
from services.intake.app import open_intake
from services.intake.site.drafts import file_unfinished
from services.runtime.keyring import Keyring, unseal
from services.runtime.wake import Wake
from tests.integration.intake.conftest import KEY, count, settings_for
from tests.unit.pages.document import Document

if TYPE_CHECKING:
    import httpx

    from events.intake import ReportSubmitted
    from tests.servers import Servers

CALM = {
    "s_happening-now": "no",
    "s_suspect-present": "no",
    "s_weapon": "no",
    "s_injury": "no",
    "s_other-danger": "no",
}
LIGHT = {"s_any-danger": "no", "location_text": "12 Main Street", "q_light-fault": "flickers"}
NUMBER = re.compile(r"\b\d{3}-\d{3}-\d{3}\b")
PIN = re.compile(r"<dd>(\d{6})</dd>")


def words(answer: httpx.Response) -> str:
    """What a reader sees of the page."""
    return Document(answer.text).all("main")[0].words


async def reports(database_url: str) -> list[ReportSubmitted]:
    """The reports that are committed, opened."""
    async with await psycopg.AsyncConnection.connect(
        database_url, options="-c search_path=intake,runtime"
    ) as connection:
        cursor = await connection.execute("select body from events order by recorded_at")
        envelopes = [decode(bytes(row[0])) for row in await cursor.fetchall()]
        keyring, found = Keyring(KEY), []
        for envelope in envelopes:
            subjects = [f"report-{envelope.stream_id.removeprefix('report-')}"]
            keys = await keyring.find(connection, subjects)
            found.append(unseal(envelope, keys).data)
    return found  # type: ignore[return-value]


async def test_a_street_light_takes_three_answers(site: httpx.AsyncClient, a_database: str) -> None:
    page = Document((await site.get("/report/street-light")).text)
    asked = {e["name"] for e in page.controls() if not e["name"].startswith("contact_")}
    assert asked == {"location_text", "s_any-danger", "q_light-fault"}
    answer = await site.post("/report/street-light", data=LIGHT)
    assert answer.status_code == 201
    assert NUMBER.search(answer.text)
    assert PIN.search(answer.text)
    (report,) = await reports(a_database)
    assert (report.type, report.channel, report.language) == ("street-light", "web", "en")
    assert report.emergency.outcome == "none"
    assert report.statement.value is not None
    assert report.statement.value.answers == {"light-fault": "flickers"}
    assert "It flickers" in words(answer)


async def test_an_emergency_in_words_diverts_after_harmless_answers(
    site: httpx.AsyncClient, a_database: str
) -> None:
    said = LIGHT | {"location_text": "12 Main Street, a man under it is not breathing"}
    answer = await site.post("/report/street-light", data=said)
    assert answer.status_code == 201
    assert "Call 9-1-1 now" in words(answer)
    (report,) = await reports(a_database)
    assert report.emergency.outcome == "divert"
    assert "L1.not-breathing-present" in report.emergency.rules


async def test_a_doubt_in_words_is_one_question_and_then_a_report(
    site: httpx.AsyncClient, a_database: str
) -> None:
    said = CALM | {"q_belongings": "a bag; someone may be hurt", "attested": "yes"}
    asked = await site.post("/report/theft", data=said)
    assert asked.status_code == 200
    assert 'name="s_again"' in asked.text
    assert await count(a_database, "reports") == 0
    answer = await site.post("/report/theft", data=said | {"s_again": "no"})
    assert answer.status_code == 201
    (report,) = await reports(a_database)
    assert report.emergency.outcome == "confirm"
    answer = await site.post("/report/theft", data=said | {"s_again": "yes"})
    assert "Call 9-1-1 now" in words(answer)


async def test_an_emergency_in_the_search_is_seen_before_any_type_is_found(
    site: httpx.AsyncClient,
) -> None:
    told = "Nobody has been sent"
    assert told in words(await site.post("/find", data={"text": "he has a knife"}))
    assert told not in words(await site.post("/find", data={"text": "bicycle"}))


async def test_an_emergency_is_said_at_once_and_everything_is_kept(
    site: httpx.AsyncClient, a_database: str
) -> None:
    answer = await site.post(
        "/report/theft/safety",
        data=CALM | {"s_weapon": "yes", "location_text": "12 Main Street", "form_key": "x"},
    )
    assert answer.status_code == 201
    main = [e for e in Document(answer.text).elements if e.inside("main")]
    assert main[0]["role"] == "alert"
    assert main[0].words.startswith(
        "Call 9-1-1 now Nobody has been sent. Call 9-1-1 now. Cannot speak: text 9-1-1."
        " Outside the county: 804-748-1251. Thoughts of suicide: 988."
    )
    links = [e["href"] for e in main if e.tag == "a" and main[0] in e.within]
    assert links == ["tel:911", "sms:911", "tel:804-748-1251", "tel:988", "sms:988"]
    assert NUMBER.search(answer.text)
    (report,) = await reports(a_database)
    assert report.emergency.outcome == "divert"
    assert report.statement.value is not None
    assert report.statement.value.location_text == "12 Main Street"
    assert await count(a_database, "handoffs") == 1


async def test_a_yes_to_several_dangers_is_an_emergency_and_names_none(
    site: httpx.AsyncClient, a_database: str
) -> None:
    answer = await site.post("/report/street-light", data=LIGHT | {"s_any-danger": "yes"})
    assert words(answer).startswith("Call 9-1-1 now")
    (report,) = await reports(a_database)
    assert set(report.safety.values()) == {"unsure"}
    assert "L0.any-danger-yes" in report.emergency.rules


async def test_safety_answers_are_stored_before_the_rest_and_filed_if_nobody_goes_on(
    site: httpx.AsyncClient, a_database: str
) -> None:
    answer = await site.post(
        "/report/theft/safety", data=CALM | {"s_weapon": "unsure", "location_text": "Main Street"}
    )
    assert answer.status_code == 200
    assert "One question first" in words(answer)
    assert "Your answers so far are stored." in words(answer)
    assert await count(a_database, "drafts") == 1
    assert await count(a_database, "reports") == 0
    settings = settings_for(a_database, "chesterfield")
    async with open_intake(settings, Wake(a_database)) as intake:
        loaded = load_site(settings.agency, intake.profile)
        now = datetime.now(UTC)  # noqa: TID251 - the form was touched by the real clock
        assert await file_unfinished(intake, loaded, now) == 0
        later = now + timedelta(minutes=loaded.unfinished_after_minutes + 1)
        assert await file_unfinished(intake, loaded, later) == 1
        assert await file_unfinished(intake, loaded, later) == 0
    (report,) = await reports(a_database)
    assert report.emergency.outcome == "confirm"
    assert any("not finished" in warning for warning in report.warnings)
    assert await count(a_database, "drafts") == 0


async def test_the_whole_way_of_a_theft_without_contact(
    site: httpx.AsyncClient, a_database: str
) -> None:
    first = Document((await site.get("/report/theft")).text)
    names = [e["name"] for e in first.controls()]
    assert names[0] == "location_text"
    assert [n for n in dict.fromkeys(names) if n.startswith("s_")] == list(CALM)
    second = await site.post("/report/theft/safety", data=CALM | {"location_text": "5 Oak Road"})
    hidden = {
        e["name"]: e["value"] for e in Document(second.text).all("input") if e["type"] == "hidden"
    }
    assert hidden["location_text"] == "5 Oak Road"
    rest = {"q_belongings": "a red bicycle", "occurred_from": "2026-03-01T08:00"}
    refused = await site.post("/report/theft", data=hidden | rest)
    assert refused.status_code == 422
    assert "Please tick" in words(refused)
    assert "a red bicycle" in refused.text
    filed = await site.post("/report/theft", data=hidden | rest | {"attested": "yes"})
    assert filed.status_code == 201
    assert "nobody can ask you anything" in words(filed)
    assert "How complete is it: 3 of 5" in words(filed)
    again = await site.post("/report/theft", data=hidden | rest | {"attested": "yes"})
    assert NUMBER.findall(again.text)[0] == NUMBER.findall(filed.text)[0]
    (report,) = await reports(a_database)
    assert report.attested is True
    assert await count(a_database, "drafts") == 0


async def test_what_is_known_nearby_is_shown_and_nothing_private(
    site: httpx.AsyncClient, a_database: str
) -> None:
    await site.post("/report/street-light", data=LIGHT | {"contact_name": "A. Person"})
    shown = await site.post("/report/street-light", data=LIGHT | {"location_text": "30 main st."})
    assert shown.status_code == 200
    assert "Already reported nearby" in words(shown)
    assert "It flickers" in words(shown)
    assert "12 Main" not in shown.text
    assert "A. Person" not in shown.text
    assert not NUMBER.search(words(shown))
    sent = LIGHT | {"location_text": "30 main st.", "seen_nearby": "yes"}
    assert (await site.post("/report/street-light", data=sent)).status_code == 201
    elsewhere = LIGHT | {"location_text": "9000 Main Street"}
    assert (await site.post("/report/street-light", data=elsewhere)).status_code == 201


@pytest.mark.parametrize(
    ("text", "found"),
    [("the street light is out", "Street light out"), ("me robaron el carro", "Stolen vehicle")],
)
async def test_a_type_is_found_by_words(site: httpx.AsyncClient, text: str, found: str) -> None:
    page = Document((await site.post("/find", data={"text": text})).text)
    offered = [
        e for e in page.all("button", "a") if any(o["aria-labelledby"] == "found" for o in e.within)
    ]
    assert offered[0].words.startswith(found)


async def test_a_type_taken_by_telephone_says_so_and_can_still_be_written(
    site: httpx.AsyncClient,
) -> None:
    page = await site.get("/report/stolen-vehicle")
    assert "tel:804-748-1251" in page.text
    assert "<form" not in page.text.partition("<main")[2]
    assert "<form" in (await site.get("/report/stolen-vehicle?anyway")).text


async def test_which_number_tells_every_matter_and_what_misuse_does(
    site: httpx.AsyncClient,
) -> None:
    page = await site.get("/which-number")
    text = words(page)
    for label in ("Street light out", "Barking dog", "Theft", "Community Enhancement"):
        assert label in text
    assert "keeps somebody else waiting" in text
    assert "answered by the same people" in text


async def test_the_site_speaks_spanish(site: httpx.AsyncClient, a_database: str) -> None:
    for path in ("/es/", "/es/which-number", "/es/reports", "/es/report/theft"):
        page = await site.get(path)
        assert page.status_code == 200, path
        assert Document(page.text).all("html")[0]["lang"] == "es"
        assert 'href="' + path.removeprefix("/es") + '"' in page.text
    answer = await site.post("/es/report/street-light", data=LIGHT | {"s_any-danger": "yes"})
    assert "No se ha enviado a nadie. Llame al 9-1-1 ahora." in unescape(answer.text)
    assert (await reports(a_database))[0].language == "es"


async def test_an_unlike_agency_has_its_own_words_and_no_other_language(
    an_unlike_site: httpx.AsyncClient,
) -> None:
    home = await an_unlike_site.get("/")
    assert "Ring 112 now" in home.text
    assert "9-1-1" not in home.text
    assert "911" not in home.text
    assert (await an_unlike_site.get("/es/")).status_code == 404
    numbers = words(await an_unlike_site.get("/which-number"))
    assert "112 is answered by another center than 067 000 1234" in numbers
    answer = await an_unlike_site.post("/report/swan", data={"s_now": "yes"})
    assert words(answer).startswith("Ring 112 now No warden is on the way.")


async def test_leaving_is_one_touch_away_from_every_page(site: httpx.AsyncClient) -> None:
    for path in ("/", "/which-number", "/reports", "/report/theft"):
        assert 'href="/leave"' in (await site.get(path)).text
    answer = await site.get("/leave")
    assert (answer.status_code, answer.headers["location"]) == (303, "https://www.weather.gov/")


@pytest.mark.parametrize("body", [b"\xff\xfe%00&a=%ZZ", b"", b"s_weapon=yes", b"=" * 5000])
async def test_odd_bodies_get_an_answer_and_an_emergency_in_them_is_seen(
    site: httpx.AsyncClient, body: bytes
) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for path in (
        "/find",
        "/report/theft/safety",
        "/report/theft",
        "/report/street-light",
        "/report/unheard-of/begin",
        "/reports",
    ):
        answer = await site.post(path, content=body, headers=kind)
        assert answer.status_code < 500, path
    answer = await site.post("/report/theft", content=body, headers=kind)
    assert ("Call 9-1-1 now" in answer.text) >= (b"yes" in body)


async def test_with_postgres_away_an_emergency_is_still_said_and_what_was_kept_is_told(
    site: httpx.AsyncClient, servers: Servers, a_database: str
) -> None:
    name = a_database.rpartition("/")[2]
    async with await psycopg.AsyncConnection.connect(
        servers.database_url, autocommit=True
    ) as admin:
        await admin.execute(f'alter database "{name}" with allow_connections false'.encode())
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )
    typed = CALM | {"location_text": "12 Main Street"}
    answer = await site.post("/report/theft/safety", data=typed | {"s_weapon": "yes"})
    assert answer.status_code == 503
    assert words(answer).startswith("Call 9-1-1 now")
    assert "Nothing was kept." in words(answer)
    assert "12 Main Street" in answer.text
    going_on = await site.post("/report/theft/safety", data=typed)
    assert going_on.status_code == 200
    assert "we could not store them at the moment" in words(going_on)
    assert 'value="12 Main Street"' in going_on.text


async def test_an_emergency_is_never_told_to_others_nearby(site: httpx.AsyncClient) -> None:
    await site.post("/report/street-light", data=LIGHT | {"s_any-danger": "yes"})
    answer = await site.post("/report/street-light", data=LIGHT)
    assert answer.status_code == 201
