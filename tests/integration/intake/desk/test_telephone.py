"""A telephone system tells of calls: signed, once each, in any order; the wait is public."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import orjson
import psycopg

from services.agency.site_loader import load_site
from services.intake.app import open_intake
from services.intake.desk.abandoned import file_abandoned
from services.intake.site.drafts import file_unfinished
from services.intake.telephone import systems
from services.intake.webhook_signature import signature
from services.runtime.clock import now
from services.runtime.keyring import Keyring
from services.runtime.wake import Wake
from tests.integration.intake.conftest import KEY, count, settings_for
from tests.integration.intake.desk.conftest import CALM
from tests.integration.intake.desk.test_a_call import handoffs

if TYPE_CHECKING:
    import httpx

    from tests.integration.intake.desk.conftest import Desk


async def a_secret(database_url: str) -> str:
    async with await psycopg.AsyncConnection.connect(
        database_url, options="-c search_path=intake,runtime"
    ) as connection:
        return str(await systems.add(connection, Keyring(KEY), "switch", now()))


async def tell(
    desk: Desk, secret: str, event: str, late_seconds: int = 0, **more: str
) -> httpx.Response:
    body = orjson.dumps({"id": f"{event}-1", "event": event, "call": "c1"} | more)
    timestamp = str(int(now().timestamp()) - late_seconds)
    headers = {
        "Blotter-Timestamp": timestamp,
        "Blotter-Signature": signature(secret.encode(), timestamp, body),
    }
    return await desk.client.post("/api/v1/telephone/switch/events", content=body, headers=headers)


async def test_an_answered_call_opens_at_the_desk_with_its_number(a_desk: Desk) -> None:
    secret = await a_secret(a_desk.database_url)
    await tell(a_desk, secret, "newCall", caller="804 555 0134")
    assert (await a_desk.client.get("/console/desk/ringing")).json() == {"waiting": False}
    assert (await tell(a_desk, secret, "answer", agent="calltaker")).json() == {"opened": True}
    assert (await tell(a_desk, secret, "answer", agent="calltaker")).json() == {"opened": False}
    assert (await a_desk.client.get("/console/desk/ringing")).json() == {"waiting": True}
    assert 'value="804 555 0134"' in (await a_desk.client.get("/console/desk")).text
    assert (await a_desk.client.get("/console/desk/ringing")).json() == {"waiting": False}


async def test_only_what_is_signed_and_new_is_believed(a_desk: Desk) -> None:
    secret = await a_secret(a_desk.database_url)
    assert (await tell(a_desk, "another", "newCall")).status_code == 401
    assert (await tell(a_desk, secret, "newCall", late_seconds=301)).status_code == 401
    assert (await tell(a_desk, secret, "newCall", late_seconds=-301)).status_code == 401
    assert (await tell(a_desk, secret, "dance")).status_code == 422
    assert await count(a_desk.database_url, "telephone_calls") == 0


async def test_the_wait_and_those_who_gave_up_are_public(a_desk: Desk) -> None:
    secret = await a_secret(a_desk.database_url)
    rang, came = now() - timedelta(minutes=5), now() - timedelta(minutes=4)
    for call, last in (("a", "answer"), ("b", "hangup")):
        for event, at in ((last, came), ("newCall", rang)):  # out of order
            told = {"id": f"{call}{event}", "call": call, "at": at.isoformat()}
            assert (await tell(a_desk, secret, event, 0, **told)).status_code == 200
    wait = (await a_desk.client.get("/api/v1/telephone/wait")).json()
    assert (wait["expected_wait_seconds"], wait["abandoned_share"]) == (60, 0.5)
    assert (wait["waiting"], wait["online"]) == (0, "/")


async def test_a_dangerous_call_that_nobody_went_on_with_is_handed_off(a_desk: Desk) -> None:
    for danger in ({}, {"f_weapon": "yes"}):
        form = await a_desk.open() | CALM | danger
        await a_desk.client.post("/console/desk/draft", data=form)
    settings = settings_for(a_desk.database_url, "chesterfield")
    async with open_intake(settings, Wake(a_desk.database_url)) as intake:
        assert await file_abandoned(intake, now()) == 0
        assert await file_abandoned(intake, now() + timedelta(minutes=3)) == 1
        assert await file_abandoned(intake, now() + timedelta(minutes=3)) == 0
    assert len(await handoffs(a_desk.database_url)) == 1
    assert await count(a_desk.database_url, "drafts") == 1


async def test_what_may_be_the_same_is_shown_while_typing(a_desk: Desk) -> None:
    light = CALM | {"type": "street-light", "description": "The lamp is dark"}
    await a_desk.send(light)
    kept = await a_desk.client.post("/console/desk/draft", data=await a_desk.open() | light)
    assert "May be known already" in kept.text


async def test_what_lies_on_a_desk_is_left_alone_by_the_sweep_of_the_public_form(
    a_desk: Desk,
) -> None:
    for doubt in ({}, {"f_weapon": "unsure"}):
        form = await a_desk.open() | CALM | doubt
        await a_desk.client.post("/console/desk/draft", data=form)
    settings = settings_for(a_desk.database_url, "chesterfield")
    async with open_intake(settings, Wake(a_desk.database_url)) as intake:
        site = load_site(settings.agency, intake.profile)
        assert await file_unfinished(intake, site, now() + timedelta(days=2)) == 0
    assert await count(a_desk.database_url, "drafts") == 2
