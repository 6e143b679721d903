"""The Open311 endpoint: what it files, what it refuses, and what it tells anybody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from services.intake.open311 import keys
from services.runtime.clock import now

if TYPE_CHECKING:
    from tests.integration.intake.open311.conftest import Counter

MANY = 20


async def test_a_realtime_service_answers_with_a_number_that_can_be_read(
    a_counter: Counter,
) -> None:
    number = await a_counter.filed()
    await a_counter.triaged(number)
    found = (await a_counter.http.get(f"/requests/{number}.json")).json()
    assert [each["service_request_id"] for each in found] == [number]
    assert found[0]["status"] == "open"


async def test_a_batch_service_answers_with_a_token_that_becomes_the_number(
    a_counter: Counter,
) -> None:
    answer = (await a_counter.file(service_code="vandalism")).json()[0]
    assert "service_request_id" not in answer
    (found,) = (await a_counter.http.get(f"/tokens/{answer['token']}.json")).json()
    assert found["token"] == answer["token"]
    assert found["service_request_id"] in answer["service_notice"]


async def test_a_blackbox_service_answers_with_neither(a_counter: Counter) -> None:
    answer = (await a_counter.file(service_code="suspicious-person")).json()[0]
    assert answer.keys() == {"service_notice", "account_id"}


async def test_nobody_reads_who_what_or_just_where(a_counter: Counter) -> None:
    number = await a_counter.filed(
        description="My neighbour Jane Roe broke it",
        first_name="John",
        last_name="Doe",
        email="john@example.org",
        phone="555-0100",
        address_string="1234 Main St, Apt 4",
    )
    await a_counter.triaged(number)
    for address in ("/requests", f"/requests/{number}", "/servicerequestupdates"):
        for ending in ("json", "xml"):
            text = (await a_counter.http.get(f"{address}.{ending}")).text
            assert number in text
            for secret in (
                "Jane",
                "Roe",
                "John",
                "Doe",
                "example",
                "555",
                "1234",
                "Apt",
                "37.37713",
            ):
                assert secret not in text
    (found,) = (await a_counter.http.get(f"/requests/{number}.json")).json()
    assert found["address"] == "1200 block of Main St"
    assert (found["lat"], found["long"]) == (37.377, -77.505)
    assert found["description"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "welfare-concern"},
        {"type": "unclassified"},
        {"emergency": "divert"},
    ],
)
async def test_what_triage_finds_private_or_urgent_is_shown_no_more(
    a_counter: Counter, changes: dict[str, object]
) -> None:
    number = await a_counter.filed()
    assert (await a_counter.http.get(f"/requests/{number}.json")).status_code == 200
    await a_counter.triaged(number, **changes)
    assert (await a_counter.http.get(f"/requests/{number}.json")).status_code == 404
    assert (await a_counter.http.get("/requests.json")).json() == []


@pytest.mark.parametrize("state", ["sealed = true", "wrapped = null, destroyed_at = now()"])
async def test_what_is_sealed_or_erased_is_shown_no_more(a_counter: Counter, state: str) -> None:
    number = await a_counter.filed()
    await a_counter.triaged(number)
    await a_counter.database.execute(f"update runtime.subject_keys set {state}")
    assert (await a_counter.http.get("/requests.json")).json() == []
    assert (await a_counter.http.get(f"/requests/{number}.json")).status_code == 404


async def test_a_list_waits_for_triage_and_a_number_alone_tells_no_place_before_it(
    a_counter: Counter,
) -> None:
    number = await a_counter.filed()
    assert (await a_counter.http.get("/requests.json")).json() == []
    (found,) = (await a_counter.http.get(f"/requests/{number}.json")).json()
    assert (found["lat"], found["long"], found["address"]) == (None, None, None)


async def test_the_same_bytes_in_a_storm_are_one_report(a_counter: Counter) -> None:
    answers = await asyncio.gather(*(a_counter.file(email="a@example.org") for _ in range(MANY)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()[0]["service_notice"] for answer in answers}) == 1
    assert await a_counter.reports() == 1


async def test_other_words_or_another_application_are_another_report(a_counter: Counter) -> None:
    _, other = await keys.add(a_counter.database, "another", now())
    numbers = {
        await a_counter.filed(),
        await a_counter.filed(description="It flickers"),
        await a_counter.filed(api_key=other),
    }
    assert len(numbers) == await a_counter.reports() == 3


async def test_the_same_bytes_are_another_report_when_the_window_is_over(
    a_counter: Counter,
) -> None:
    first = await a_counter.filed()
    await a_counter.database.execute("update runtime.idempotency set expires_at = now()")
    assert await a_counter.filed() != first
    assert await a_counter.reports() == 2


async def test_an_idempotency_key_with_other_content_is_refused(a_counter: Counter) -> None:
    a_counter.http.headers["idempotency-key"] = "once"
    await a_counter.filed()
    answer = await a_counter.file(description="Something else")
    assert (answer.status_code, answer.json()[0]["code"]) == (400, 422)


@pytest.mark.parametrize(
    ("fields", "status", "named"),
    [
        ({"api_key": ""}, 403, "api_key"),
        ({"api_key": "o311_guess"}, 403, "api_key"),
        ({"api_key": "\x00\ud7ff"}, 403, "api_key"),
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": "spaceship"}, 404, "service_code"),
        ({"jurisdiction_id": "elsewhere.gov"}, 404, "jurisdiction_id"),
        ({"lat": "", "long": ""}, 400, "place"),
    ],
)
async def test_a_refusal_has_the_standards_format_and_says_what_to_do_in_an_emergency(
    a_counter: Counter, fields: dict[str, str], status: int, named: str
) -> None:
    answer = await a_counter.file(**fields)
    assert answer.status_code == status
    (error,) = answer.json()
    assert error["code"] == status
    assert named in error["description"]
    assert "9-1-1" in error["description"]
    answer = await a_counter.file("xml", **fields)
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    tree = ElementTree.fromstring(answer.content)
    assert [tree.tag, *(each.tag for each in tree.iter("error"))] == ["errors", "error"]
    assert tree.findtext("error/code") == str(status)
    assert await a_counter.reports() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"api_key": ""},
        {"service_code": "spaceship"},
        {"service_code": ""},
        {"lat": "", "long": ""},
        {"jurisdiction_id": "elsewhere.gov"},
        {"description": ""},
    ],
)
async def test_an_emergency_is_told_9_1_1_and_kept_whatever_else_is_wrong(
    a_counter: Counter, wrong: dict[str, str]
) -> None:
    answer = await a_counter.file(**({"attribute[weapon]": "yes"} | wrong))
    assert answer.status_code == 201
    notice = answer.json()[0]["service_notice"]
    assert notice.startswith("Nobody has been sent. Call 9-1-1 now.")
    assert await a_counter.reports() == 1
    cursor = await a_counter.database.execute("select count(*) from intake.handoffs")
    assert await cursor.fetchone() == (1,)
    assert (await a_counter.http.get("/requests.json")).json() == []


async def test_an_emergency_in_a_body_that_is_no_form_is_kept_too(a_counter: Counter) -> None:
    answer = await a_counter.http.post("/requests.json", json={"injury": "yes"})
    assert answer.status_code == 201
    assert "Call 9-1-1 now" in answer.json()[0]["service_notice"]
    assert await a_counter.reports() == 1


async def test_the_key_is_nowhere_in_the_database_and_a_revoked_one_files_nothing(
    a_counter: Counter,
) -> None:
    await a_counter.filed()
    (row,) = await keys.every(a_counter.database)
    cursor = await a_counter.database.execute("select open311_keys::text from open311_keys")
    assert a_counter.key not in str(await cursor.fetchall())
    assert row.last_used_on == now().date()
    assert await keys.revoke(a_counter.database, row.key_id, now())
    assert not await keys.revoke(a_counter.database, row.key_id, now())
    assert (await a_counter.file()).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "start_date=yesterday",
        "start_date=0001-01-01T00:00:00Z",
        "end_date=9999-12-31",
        "start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z",
        "start_date=2026-02-01&end_date=2026-01-01",
        "status=reopened",
        "page=0",
        "page=-1",
        "page=1e3",
        "page=99999999999999999999",
        "page_size=ten",
        "page=%D9%A3",
        "start_date=%00",
        "status=open%00",
    ],
)
async def test_a_filter_that_means_nothing_is_refused(a_counter: Counter, query: str) -> None:
    for place in ("requests", "servicerequestupdates"):
        answer = await a_counter.http.get(f"/{place}.json?{query}")
        assert (answer.status_code, answer.json()[0]["code"]) == (400, 400)
        answer = await a_counter.http.get(f"/{place}.xml?{query}")
        assert ElementTree.fromstring(answer.content).tag == "errors"


@pytest.mark.parametrize(
    "query",
    [
        "service_request_id=' or 1=1 --",
        "service_request_id=%00,%FF,,",
        "service_code=%27%3B--",
        "service_code=%00",
        "page=999999&page_size=1000",
        "page_size=999999999",
        "unknown=1",
        "start_date=2026-01-01T00:00:00-05:00&end_date=2026-02-01T00:00:00 01:00",
    ],
)
async def test_a_strange_filter_finds_nothing_it_should_not(a_counter: Counter, query: str) -> None:
    await a_counter.triaged(await a_counter.filed())
    answer = await a_counter.http.get(f"/requests.json?{query}")
    assert answer.status_code == 200
    assert len(answer.json()) == (query in ("page_size=999999999", "unknown=1"))


async def test_pages_hold_every_request_once_the_newest_first(a_counter: Counter) -> None:
    numbers = [await a_counter.filed(description=f"light {each}") for each in range(5)]
    for number in numbers:
        await a_counter.triaged(number)
    address, found = "/requests.json?page_size=2", []
    while address:
        answer = await a_counter.http.get(address)
        found += [each["service_request_id"] for each in answer.json()]
        address = answer.links.get("next", {}).get("url", "")
    assert found == numbers[::-1]


async def test_updates_are_the_steps_of_a_request(a_counter: Counter) -> None:
    number = await a_counter.filed()
    await a_counter.triaged(number)
    found = (await a_counter.http.get("/servicerequestupdates.json")).json()
    assert [each["description"] for each in found] == ["received", "assessed and routed"]
    assert {each["service_request_id"] for each in found} == {number}
    assert len({each["update_id"] for each in found}) == 2


@pytest.mark.parametrize("form", ["json", "xml"])
async def test_every_service_of_the_list_has_a_definition(a_counter: Counter, form: str) -> None:
    codes = [each["service_code"] for each in (await a_counter.http.get("/services.json")).json()]
    assert len(codes) == 36
    for code in codes:
        assert (await a_counter.http.get(f"/services/{code}.{form}")).status_code == 200
    missing = await a_counter.http.get(f"/services/spaceship.{form}")
    assert missing.status_code == 404


async def test_another_jurisdiction_is_not_found_and_ours_or_none_is(a_counter: Counter) -> None:
    for given, status in (("elsewhere.gov", 404), ("chesterfield.gov", 200), ("", 200)):
        for place in ("services", "requests", "servicerequestupdates"):
            address = f"/{place}.json?jurisdiction_id={given}"
            assert (await a_counter.http.get(address)).status_code == status


async def test_discovery_names_the_endpoint_and_its_formats(a_counter: Counter) -> None:
    found = (await a_counter.http.get("/discovery.json")).json()
    (endpoint,) = found["endpoints"]
    assert endpoint["url"] == a_counter.url
    assert endpoint["type"] == "test"  # the profile is a demonstration
    tree = ElementTree.fromstring((await a_counter.http.get("/discovery.xml")).content)
    formats = [each.text for each in tree.iterfind("endpoints/endpoint/formats/format")]
    assert formats == endpoint["formats"] == ["text/xml", "application/json"]


@pytest.mark.parametrize(
    ("verb", "place", "status"),
    [
        ("DELETE", "/requests.json", 405),
        ("POST", "/services.xml", 405),
        ("GET", "/", 404),
        ("GET", "/requests", 404),
        ("GET", "/requests.yaml", 400),
        ("GET", "/nothing.json", 404),
        ("GET", "/tokens/none.xml", 404),
        ("GET", "/requests/%00.json", 404),
        ("GET", "/requests/1,2,3.json", 404),
    ],
)
async def test_what_is_not_there_is_told_in_the_standards_format(
    a_counter: Counter, verb: str, place: str, status: int
) -> None:
    answer = await a_counter.http.request(verb, place)
    assert answer.status_code == status
    assert str(status) in answer.text
    if verb != "HEAD" and not place.endswith(".json"):
        assert ElementTree.fromstring(answer.content).tag == "errors"
