"""Programs that we did not write, unchanged: PyPI's georeport reads; civicbot reads and files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from civicbot.http import HttpError, HttpTransport, RateLimiter
from civicbot.open311 import CONFIRM_TOKEN, Open311Client
from civicbot.registry import Endpoint
from georeport import GeoReport

if TYPE_CHECKING:
    from tests.integration.intake.open311.conftest import Counter


def civicbot_at(counter: Counter) -> Open311Client:
    endpoint = Endpoint(id="ours", name="Ours", base_url=counter.url, write=True)
    transport = HttpTransport(rate_limiter=RateLimiter(min_interval=0))
    return Open311Client(endpoint, transport, jurisdiction_id="chesterfield.gov")


async def sent(client: Open311Client, counter: Counter, **fields: Any) -> dict[str, Any]:
    """What civicbot gets for a request that it checked against our definitions and sent."""
    prepared = await asyncio.to_thread(
        client.create_request,
        fields.pop("service_code", "street-light"),
        dry_run=False,
        confirm=CONFIRM_TOKEN,
        api_key=counter.key,
        validate_remote=True,
        lat=37.377,
        lng=-77.505,
        **fields,
    )
    (answer,) = prepared.response
    return dict(answer)


async def test_civicbot_files_and_reads_what_it_filed(a_counter: Counter) -> None:
    client = civicbot_at(a_counter)
    number = (await sent(client, a_counter, description="Out"))["service_request_id"]
    await a_counter.triaged(number)
    found = await asyncio.to_thread(client.get_request, number)
    assert found is not None
    assert (found["service_request_id"], found["status"]) == (number, "open")
    listed = await asyncio.to_thread(client.list_requests, service_code="street-light")
    assert [each["service_request_id"] for each in listed] == [number]


async def test_civicbot_turns_a_token_into_a_number(a_counter: Counter) -> None:
    client = civicbot_at(a_counter)
    token = (await sent(client, a_counter, service_code="vandalism"))["token"]
    (found,) = await asyncio.to_thread(client.get_token, token)
    assert found["service_request_id"]


async def test_civicbots_emergency_is_told_9_1_1(a_counter: Counter) -> None:
    answer = await sent(civicbot_at(a_counter), a_counter, attributes={"injury": "yes"})
    assert "Call 9-1-1 now" in answer["service_notice"]


async def test_civicbot_reads_our_refusal(a_counter: Counter) -> None:
    a_counter.key = "o311_wrong"
    with pytest.raises(HttpError, match="api_key") as refusal:
        await sent(civicbot_at(a_counter), a_counter)
    assert refusal.value.status == 403


@pytest.mark.parametrize("form", ["json", "xml"])
async def test_georeport_reads_services_definitions_and_requests(
    a_counter: Counter, form: str
) -> None:
    client = GeoReport(a_counter.url, jurisdiction="chesterfield.gov", output_format=form)
    numbers = [await a_counter.filed(description=each) for each in ("one", "two")]
    for number in numbers:
        await a_counter.triaged(number)
    services = await asyncio.to_thread(client.get_service_list)
    assert "street-light" in {each["service_code"] for each in services}
    definition = await asyncio.to_thread(client.get_service_definition, "street-light")
    assert definition["service_code"] == "street-light"
    listed = await asyncio.to_thread(client.get_service_requests, status="open")
    assert [each["service_request_id"] for each in listed] == numbers[::-1]
    one = await asyncio.to_thread(client.get_service_request, numbers[0])
    assert one["service_name"] == "Street light out"
