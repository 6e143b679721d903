"""The pages of following a report, as somebody without JavaScript meets them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from services.intake.following.tickets import make_ticket
from services.intake.site.words import built_in_words
from services.runtime.clock import now
from services.runtime.keyring import Keyring
from tests.integration.intake.conftest import KEY
from tests.unit.pages.document import Document

if TYPE_CHECKING:
    import httpx

    from tests.integration.intake.following.conftest import Filed, Kept
    from tests.servers import Servers

CALM = {"s_again": "no"}


async def let_in(site: httpx.AsyncClient, report: Filed, prefix: str = "") -> dict[str, str]:
    """The hidden fields of the forms on the page of a report."""
    form = {"report_number": report.number, "pin": report.pin}
    page = await site.post(f"{prefix}/reports", data=form)
    assert page.status_code == 200
    assert report.pin not in page.text
    hidden = [e for e in Document(page.text).all("input") if e["type"] == "hidden"]
    return {each["name"]: each["value"] for each in hidden}


def words(answer: httpx.Response) -> str:
    return Document(answer.text).all("main")[0].words


async def test_something_is_added_once_however_often_it_is_sent(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    form = await let_in(a_site, a_report) | CALM | {"description": "It was blue."}
    for _ in range(2):
        page = await a_site.post("/reports/add", data=form)
        assert page.status_code == 200
        assert words(page).startswith("Added to your report")
        assert "You added something" in words(page)
    assert await kept.count("events") == 2
    changed = await a_site.post("/reports/add", data=form | {"description": "It was red."})
    assert changed.status_code == 422
    assert "It was red." in changed.text
    fields = [e for e in Document(changed.text).all("input") if e["name"] == "form_key"]
    again = form | {"description": "It was red.", "form_key": fields[0]["value"]}
    assert (await a_site.post("/reports/add", data=again)).status_code == 200
    assert await kept.count("events") == 3


@pytest.mark.parametrize("action", ["add", "withdraw"])
async def test_an_emergency_stands_first_whatever_becomes_of_the_rest(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept, action: str
) -> None:
    form = await let_in(a_site, a_report)
    said = {"s_again": "yes", "description": "he is at the door"}
    for known in (form, {"report_number": a_report.number, "pin": "wrong"}, {"ticket": "AAAA"}, {}):
        page = await a_site.post(f"/reports/{action}", data=known | said)
        main = [e for e in Document(page.text).elements if e.inside("main")]
        assert main[0]["role"] == "alert"
        assert main[0].words.startswith("Call 9-1-1 now")
        if known is not form:
            assert "he is at the door" in page.text
    assert await kept.count("handoffs") == 1


async def test_a_page_left_open_too_long_asks_for_the_pin_and_keeps_what_was_typed(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    old = make_ticket(Keyring(KEY), a_report.number, now() - timedelta(minutes=61))
    form = CALM | {"ticket": old, "form_key": "k", "description": "It was blue."}
    page = await a_site.post("/reports/add", data=form)
    assert page.status_code == 403
    assert "more than an hour" in words(page)
    assert "It was blue." in page.text
    names = {e["name"] for e in Document(page.text).all("input")}
    assert {"report_number", "pin"} <= names
    assert await kept.count("events") == 1
    entered = CALM | {"report_number": a_report.number, "pin": a_report.pin, "form_key": "k"}
    page = await a_site.post("/reports/add", data=entered | {"description": "It was blue."})
    assert page.status_code == 200
    assert await kept.count("events") == 2


@pytest.mark.parametrize("ticket", ["x", "AAAA", "ñ", "A" * 5000, "=" * 40])
async def test_a_ticket_of_somebody_s_own_making_lets_nobody_in(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept, ticket: str
) -> None:
    del a_report
    for action in ("add", "withdraw", "contact"):
        page = await a_site.post(
            f"/reports/{action}", data=CALM | {"ticket": ticket, "call": "yes"}
        )
        assert page.status_code == 403
    assert await kept.count("events") == 1


async def test_a_file_joins_by_the_page_and_the_page_says_how_contact_is_safe(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    form = await let_in(a_site, a_report)
    picture = {"file": ("<b>x</b>.png", b"\x89PNG\r\n\x1a\n and more of it", "text/html")}
    page = await a_site.post("/reports/file", data=form, files=picture)
    assert "The file is added" in words(page)
    page = await a_site.post("/reports/file", data=form, files=picture)
    assert "nothing is doubled" in words(page)
    assert await kept.count("attachments") == 1
    rules = {"call": "yes", "leave_message": "no", "hours_from": "09:00", "hours_to": "12:30"}
    page = await a_site.post("/reports/contact", data=form | rules)
    facts = Document(page.text)
    told = dict(zip(facts.all("dt"), facts.all("dd"), strict=True))
    rules_told = {term.words: said.words for term, said in told.items()}
    assert rules_told["Is it safe to leave a message?"] == "No"
    assert rules_told["Is it safe to write to you?"] == "Not sure"
    assert rules_told["Only between"] == "09:00\N{EN DASH}12:30"


async def test_a_search_shows_the_status_and_no_form_to_change_anything(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    ((day,),) = await kept.rows(
        "select (submitted_at at time zone 'America/New_York')::date from reports"
    )
    asked = {"reached": "804-555-0100", "name": "Ruiz", "type": "vandalism", "filed_on": str(day)}
    page = await a_site.post("/reports/search", data=asked)
    assert a_report.number in words(page)
    assert "ticket" not in page.text
    assert "/reports/add" not in page.text
    nothing = await a_site.post("/reports/search", data=asked | {"name": "Other"})
    assert "We cannot show anything" in words(nothing)


async def test_no_english_is_left_on_the_spanish_pages(
    a_site: httpx.AsyncClient, a_report: Filed
) -> None:
    english, spanish = built_in_words("en"), built_in_words("es")
    own = [
        text
        for key, text in english.items()
        if "{" not in text
        and len(text) > 4
        and text != spanish[key]
        and text not in " ".join(spanish.values())
    ]
    form = await let_in(a_site, a_report, "/es")
    pages = [
        await a_site.get("/es/reports"),
        await a_site.post("/es/reports", data={"report_number": "1", "pin": "1"}),
        await a_site.post("/es/reports/search", data={}),
        await a_site.post("/es/reports/add", data=form | CALM | {"description": "Era azul."}),
        await a_site.post("/es/reports/add", data=form | CALM),
        await a_site.post("/es/reports/contact", data=form | {"call": "yes", "write": "x"}),
        await a_site.post("/es/reports/file", data=form),
        await a_site.post("/es/reports/withdraw", data={}),
    ]
    for page in pages:
        assert [text for text in own if text in words(page)] == []
        assert 'lang="es"' in page.text


async def test_with_postgres_away_an_emergency_is_said_and_what_was_typed_stays(
    a_site: httpx.AsyncClient, a_report: Filed, servers: Servers, a_database: str
) -> None:
    form = await let_in(a_site, a_report)
    name = a_database.rpartition("/")[2]
    async with await psycopg.AsyncConnection.connect(
        servers.database_url, autocommit=True
    ) as admin:
        await admin.execute(f'alter database "{name}" with allow_connections false'.encode())
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )
    page = await a_site.post(
        "/reports/add", data=form | {"s_again": "yes", "description": "he is at the door"}
    )
    assert page.status_code == 503
    assert words(page).startswith("Call 9-1-1 now")
    assert "Nothing was kept." in words(page)
    assert "he is at the door" in page.text
    other = {"/reports": {"report_number": a_report.number, "pin": "1"}, "/reports/search": {}}
    for path, data in (other | {"/reports/contact": form | {"call": "yes"}}).items():
        page = await a_site.post(path, data=data)
        assert page.status_code == 503
        assert "Nothing was kept." in words(page)
