"""Reports by text message, as people and their providers send them."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from services.agency.site_loader import load_site
from services.intake.app import open_intake
from services.intake.texting.conversation import ConversationProfile
from services.intake.texting.languages import languages
from services.intake.texting.reviewing import review_silence
from services.runtime.clock import now
from services.runtime.wake import Wake
from tests.integration.intake.conftest import count, settings_for
from tests.integration.intake.test_site import reports
from tests.integration.intake.texting.conftest import a_provider, add_provider

if TYPE_CHECKING:
    from tests.integration.intake.texting.conftest import Provider

NUMBER = re.compile(r"\d{3}-\d{3}-\d{3}")
NAMED = re.compile(r"(\d{3}-\d{3}-\d{3}), PIN (\d{6})")
LIGHT = "The street light in front of 12 Main Street is out"


async def review(database_url: str, minutes: int) -> int:
    """What is filed when nobody says anything for so long."""
    settings = settings_for(database_url, "chesterfield")
    async with open_intake(settings, Wake(database_url)) as intake:
        site = load_site(settings.agency, intake.profile)
        agency = ConversationProfile(intake.profile, site, languages(intake.profile, site))
        return await review_silence(intake, agency, now() + timedelta(minutes=minutes))


async def test_a_street_light_by_text_message(sms: Provider, a_database: str) -> None:
    asked = await sms.says(LIGHT)
    assert "Nobody is sent" in asked["reply"]
    assert "Answer YES or NO" in asked["reply"]
    assert asked["report_number"] is None
    assert await count(a_database, "reports") == 0
    assert "Where is it?" in (await sms.says("No"))["reply"]
    assert "1 It is out" in (await sms.says("in front of 12 Main Street"))["reply"]
    filed = await sms.says("1")
    assert filed["report_number"] == NUMBER.findall(asked["reply"])[0]
    (report,) = await reports(a_database)
    assert (report.type, report.medium, report.language) == ("street-light", "sms", "en")
    assert report.emergency.outcome == "none"
    assert report.report_number == filed["report_number"]
    assert report.statement.value is not None
    assert report.statement.value.answers == {"light-fault": "out", "again": "no"}
    assert report.statement.value.location_text == "in front of 12 Main Street"


async def test_the_number_and_pin_that_were_told_open_the_report(
    sms: Provider, a_database: str
) -> None:
    asked = await sms.says(LIGHT)
    await sms.says("no")
    await sms.says("Main Street")
    filed = await sms.says("2")
    number, pin = NAMED.findall(asked["reply"])[0]
    assert NAMED.findall(filed["reply"]) == [(number, pin)]
    status = await sms.client.get(f"/api/v1/reports/{number}", headers={"Report-Pin": pin})
    assert status.status_code == 200


async def test_an_emergency_is_answered_at_once_and_kept_with_its_hand_off(
    sms: Provider, a_database: str
) -> None:
    answer = await sms.says("there is a man with a knife at my door right now")
    assert answer["reply"].startswith("Nobody has been sent. Call 9-1-1 now.")
    assert answer["emergency"]["outcome"] == "divert"
    (report,) = await reports(a_database)
    assert report.emergency.outcome == "divert"
    assert await count(a_database, "handoffs") == 1
    more = await sms.says("he is inside, he has a gun")
    assert more["emergency"]["outcome"] == "divert"
    assert await count(a_database, "reports") == 1


async def test_an_emergency_anywhere_in_a_conversation_diverts(
    sms: Provider, a_database: str
) -> None:
    await sms.says("my bicycle was stolen from the porch yesterday")
    answer = await sms.says("NO")
    assert answer["emergency"]["outcome"] != "divert"
    answer = await sms.says("wait he is back and he has a gun, he is breaking the window now")
    assert answer["reply"].startswith("Nobody has been sent. Call 9-1-1 now.")
    (report,) = await reports(a_database)
    assert report.emergency.outcome == "divert"


async def test_a_yes_or_a_number_of_a_danger_diverts(sms: Provider, a_database: str) -> None:
    for place, answer in enumerate(("1", "yes", "3 and 4")):
        await sms.says("my bicycle was stolen from the porch", f"+1804555020{place}")
        told = await sms.says(answer, f"+1804555020{place}")
        assert told["emergency"]["outcome"] == "divert", answer
    assert await count(a_database, "handoffs") == 3


async def test_a_doubt_in_words_is_one_question(sms: Provider, a_database: str) -> None:
    await sms.says("somebody took my bag from the car last week")
    await sms.says("NO")
    doubt = await sms.says("by the school, and someone may be hurt")
    assert "Is anybody hurt or in danger" in doubt["reply"]
    again = await sms.says("no")
    assert "Is anybody hurt" not in again["reply"]


async def test_words_that_are_no_answer_are_kept_and_asked_about_once_more(
    sms: Provider, a_database: str
) -> None:
    await sms.says(LIGHT)
    answer = await sms.says("well it is quite dark there")
    assert "did not understand" in answer["reply"]
    await sms.says("as I said it is dark")
    await sms.says("Main Street")
    await sms.says("1")
    (report,) = await reports(a_database)
    assert report.statement.value is not None
    assert report.statement.value.description is not None
    assert "quite dark there" in report.statement.value.description
    assert report.emergency.outcome == "confirm"


async def test_spanish_is_answered_in_spanish(sms: Provider, a_database: str) -> None:
    asked = await sms.says("Hola, la farola de mi calle está apagada")
    assert asked["language"] == "es"
    assert "no se envía a nadie" in asked["reply"]
    for answer in ("No", "Calle Main 12", "1"):
        await sms.says(answer)
    (report,) = await reports(a_database)
    assert (report.type, report.language) == ("street-light", "es")


async def test_silence_in_doubt_is_filed_for_review_and_nothing_is_sent(
    sms: Provider, a_database: str
) -> None:
    await sms.says("loud music from the house on the corner")
    assert await review(a_database, minutes=5) == 0
    assert await review(a_database, minutes=11) == 1
    assert await review(a_database, minutes=11) == 0
    (report,) = await reports(a_database)
    assert report.emergency.outcome == "confirm"
    assert any("not finished" in warning for warning in report.warnings)
    assert await count(a_database, "text_outgoing") == 1
    await sms.says("it was only my neighbour")
    assert await count(a_database, "reports") == 1


async def test_stop_is_obeyed_but_not_in_danger(sms: Provider, a_database: str) -> None:
    await sms.says(LIGHT)
    assert "no more messages" in (await sms.says("STOP"))["reply"]
    assert (await sms.says("no"))["reply"] is None
    assert "Call 9-1-1" in (await sms.says("the pole is on fire right now"))["reply"]
    assert "again" in (await sms.says("Start"))["reply"]
    assert (await sms.says("it is out"))["reply"]


async def test_help_names_the_emergency_number(sms: Provider) -> None:
    answer = await sms.says("HELP")
    assert "9-1-1" in answer["reply"]
    assert "STOP" in answer["reply"]


async def test_a_conversation_goes_on_in_another_channel(
    sms: Provider, mail: Provider, a_database: str
) -> None:
    number, pin = NAMED.findall((await sms.says(LIGHT))["reply"])[0]
    went_on = await mail.says(f"Report {number} PIN {pin}", "ann@example.org")
    assert f"Going on with report {number}" in went_on["reply"]
    assert "Answer YES or NO" in went_on["reply"]
    await mail.says("no", "ann@example.org")
    await mail.says("Main Street", "ann@example.org")
    filed = await mail.says("1", "ann@example.org")
    assert filed["report_number"] == number
    (report,) = await reports(a_database)
    assert report.medium == "email"
    await sms.says("another thing altogether")
    assert await count(a_database, "reports") == 1


async def test_a_report_from_the_site_is_added_to_by_text_message(
    sms: Provider, a_database: str
) -> None:
    filed = await sms.client.post("/api/v1/reports", json={"type": "theft"})
    number, pin = filed.json()["report_number"], filed.json()["pin"]
    added = await sms.says(f"{number} {pin} the thief is back, he has a gun")
    assert added["emergency"]["outcome"] == "divert"
    assert await count(a_database, "handoffs") == 1
    assert len(await reports(a_database)) == 2


async def test_an_emergency_in_an_added_message_keeps_the_report_from_the_public(
    sms: Provider, a_database: str
) -> None:
    where = {"latitude": 37.37, "longitude": -77.5}
    filed = await sms.client.post("/api/v1/reports", json={"type": "vandalism"} | where)
    number, pin = filed.json()["report_number"], filed.json()["pin"]
    calm = await sms.says(f"{number} {pin} it was a blue spray can")
    assert calm["emergency"]["outcome"] == "none"
    assert await count(a_database, "reports where shown") == 1
    await sms.says("he is back right now and he has a gun")
    assert await count(a_database, "reports where shown") == 0
    assert await count(a_database, "reported_places") == 0
    assert await count(a_database, "identifying_details") == 0


async def test_a_wrong_pin_tells_nothing_and_locks(sms: Provider, a_database: str) -> None:
    number, pin = NAMED.findall((await sms.says(LIGHT))["reply"])[0]
    wrong = f"{(int(pin) + 1) % 10**6:06d}"
    unknown = await sms.says("000-000-000 123456", "+18045550999")
    for _ in range(10):
        told = await sms.says(f"{number} {wrong}", "+18045550999")
        assert told["reply"] == unknown["reply"]
    right = await sms.says(f"{number} {pin}", "+18045550999")
    assert right["reply"] == unknown["reply"]


async def test_a_repeated_delivery_is_one_step_with_one_answer(
    sms: Provider, a_database: str
) -> None:
    first = await sms.says(LIGHT, id_="same")
    assert await sms.says(LIGHT, id_="same") == first
    answers = await asyncio.gather(*(sms.says("no", id_="same-2") for _ in range(6)))
    assert all(answer == answers[0] for answer in answers)
    assert "Where is it?" in answers[0]["reply"]


async def test_two_messages_at_once_are_two_steps(sms: Provider, a_database: str) -> None:
    await asyncio.gather(*(sms.says(f"{LIGHT}, {place}") for place in range(4)))
    assert await count(a_database, "text_conversations") == 1
    await review(a_database, minutes=10_000)
    (report,) = await reports(a_database)
    assert report.statement.value is not None
    said = str(report.statement.value)
    assert all(f"is out, {place}" in said for place in range(4))


async def test_a_drill_touches_nothing_real(sms: Provider, a_database: str) -> None:
    drill = await add_provider(sms.client, a_database, "sms", name="drill", exercise=True)
    filed = await sms.client.post("/api/v1/reports", json={"type": "theft"})
    number, pin = filed.json()["report_number"], filed.json()["pin"]
    told = await drill.says(f"{number} {pin}")
    assert "No report has this number" in told["reply"]
    await drill.says("a man with a knife is at my door now")
    async with await psycopg.AsyncConnection.connect(a_database) as connection:
        cursor = await connection.execute("select purpose from intake.handoffs")
        assert await cursor.fetchall() == [("exercise",)]


async def test_nothing_of_a_person_lies_open(sms: Provider, a_database: str) -> None:
    await sms.says(LIGHT + " MARKED", "+18045550123")
    async with await psycopg.AsyncConnection.connect(a_database) as connection:
        for table in ("conversations", "deliveries", "outgoing"):
            cursor = await connection.execute(f"select * from intake.text_{table}".encode())
            everything: Any = repr(await cursor.fetchall())
            assert "8045550123" not in everything
            assert "MARKED" not in everything


async def test_an_adapter_fetches_what_is_to_be_sent(sms: Provider, a_database: str) -> None:
    fetched = await add_provider(sms.client, a_database, "sms", name="other", replies="fetch")
    answer = await fetched.says(LIGHT, "+18045550777")
    path, key = "/api/v1/text/other/outgoing", {"Authorization": f"Bearer {fetched.key}"}
    assert (await sms.client.get(path)).status_code == 401
    wrong = {"Authorization": f"Bearer {sms.key}"}
    assert (await sms.client.get(path, headers=wrong)).status_code == 401
    (waiting,) = (await sms.client.get(path, headers=key)).json()["messages"]
    assert (waiting["to"], waiting["text"]) == ("+18045550777", answer["reply"])
    for _ in range(2):
        sent = await sms.client.post(f"{path}/{waiting['reply_id']}/sent", headers=key)
        assert sent.status_code == 204
    assert (await sms.client.get(path, headers=key)).json()["messages"] == []


@pytest.mark.parametrize("agency", ["lakeside"])
async def test_another_agency_speaks_its_own_words(a_database: str, agency: str) -> None:
    async with a_provider(a_database, agency, "sms") as provider:
        answer = await provider.says("a man with a knife is at my door now")
        assert "112" in answer["reply"]
        assert "9-1-1" not in answer["reply"]


async def test_after_an_erasure_a_message_begins_another_report(
    sms: Provider, a_database: str
) -> None:
    await sms.says("a man with a knife is at my door now")
    async with await psycopg.AsyncConnection.connect(a_database) as connection:
        await connection.execute(
            "update runtime.subject_keys set wrapped = null, destroyed_at = now()"
        )
    asked = await sms.says(LIGHT)
    assert "Answer YES or NO" in asked["reply"]
    assert await count(a_database, "reports") == 1


async def test_new_begins_another_report_and_files_the_one_that_was_left(
    sms: Provider, a_database: str
) -> None:
    await sms.says(LIGHT)
    assert "in your own words" in (await sms.says("NEW"))["reply"]
    await sms.says("loud music from the house on the corner")
    await review(a_database, minutes=100_000)
    assert {report.type for report in await reports(a_database)} == {"street-light", "noise"}
