"""`/open311/v2`: GeoReport v2 in XML and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from services.intake.handlers import Intake
from services.intake.open311.filters import MOST, read_wanted
from services.intake.open311.public import as_value, find, find_updated, number_of, updates_of
from services.intake.open311.refusals import Open311Error, bad_request, not_found
from services.intake.open311.request_filing import file_request
from services.intake.open311.route import Open311Route
from services.intake.open311.services import discovery, service_definition, service_list
from services.intake.open311.spark import MEDIA_TYPES, Value, render
from services.runtime.clock import now

if TYPE_CHECKING:
    from services.intake.open311.spark import Format

BASE = "/open311/v2"
VERBS = {"services": "GET", "requests": "GET, POST", "tokens": "GET"}
VERBS |= {"discovery": "GET", "servicerequestupdates": "GET"}
Ending = Annotated[str, Path(description="xml or json")]


def router(intake: Intake) -> APIRouter:
    """The routes, on handlers that are already composed."""
    routes = APIRouter(prefix="/open311", tags=["open311"], route_class=Open311Route)
    profile = intake.profile

    @routes.get("/discovery.{form}")
    @routes.get("/v2/discovery.{form}")
    async def discover(request: Request, form: Ending) -> Response:
        base = str(request.base_url).rstrip("/") + BASE
        return answer("discovery", discovery(profile, base), form)

    @routes.get("/v2/services.{form}")
    async def list_services(request: Request, form: Ending) -> Response:
        check_jurisdiction(intake, request)
        return answer("services", service_list(profile), form)

    @routes.get("/v2/services/{service_code}.{form}")
    async def define_service(request: Request, service_code: str, form: Ending) -> Response:
        check_jurisdiction(intake, request)
        return answer("service_definition", service_definition(profile, service_code), form)

    @routes.post("/v2/requests.{form}", status_code=201)
    async def file_a_request(request: Request, form: Ending) -> Response:
        ending(form)
        receipt = await file_request(intake, request)
        return answer("service_requests", receipt, form, 201)

    _add_reading(routes, intake)
    _add_nothing_there(routes)
    return routes


def _add_reading(routes: APIRouter, intake: Intake) -> None:
    profile = intake.profile

    @routes.get("/v2/requests.{form}")
    async def list_requests(request: Request, form: Ending) -> Response:
        check_jurisdiction(intake, request)
        wanted = read_wanted(request.query_params.multi_items(), profile.zone, now())
        found, more = await find(intake.pool, profile, wanted)
        values = [as_value(each, profile) for each in found]
        reply = answer("service_requests", values, form)
        if more:
            after = request.url.include_query_params(page=wanted.page.number + 1)
            reply.headers["Link"] = f'<{after}>; rel="next"'
        return reply

    @routes.get("/v2/requests/{service_request_id}.{form}")
    async def show_request(request: Request, service_request_id: str, form: Ending) -> Response:
        check_jurisdiction(intake, request)
        only = [("service_request_id", service_request_id)]
        found, _ = await find(intake.pool, profile, read_wanted(only, profile.zone, now()))
        if len(found) != 1:
            raise not_found("service_request_id was not found, or may be read only with its PIN.")
        return answer("service_requests", [as_value(found[0], profile)], form)

    @routes.get("/v2/tokens/{token}.{form}")
    async def resolve_token(request: Request, token: str, form: Ending) -> Response:
        check_jurisdiction(intake, request)
        number = await number_of(intake.pool, read_token(token))
        if number is None:
            raise not_found("token was not found.")
        return answer("service_requests", [{"service_request_id": number, "token": token}], form)

    @routes.get("/v2/servicerequestupdates.{form}")
    async def list_updates(request: Request, form: Ending) -> Response:
        check_jurisdiction(intake, request)
        wanted = read_wanted(request.query_params.multi_items(), profile.zone, now())
        requests = await find_updated(intake.pool, profile, wanted)
        updates = [each for one in requests for each in updates_of(one, wanted, profile)]
        updates.sort(key=lambda update: update[0])
        skipped = wanted.page.skipped
        page = [value for _, value in updates[skipped : skipped + wanted.page.size]]
        return answer("service_request_updates", page[:MOST], form)


def _add_nothing_there(routes: APIRouter) -> None:
    verbs = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]

    @routes.api_route("/{place:path}", methods=verbs, include_in_schema=False)
    async def nothing_there(place: str) -> Response:
        allowed = VERBS.get(place.removeprefix("v2/").split("/")[0].split(".")[0])
        if allowed and "." in place:
            raise Open311Error(405, "That cannot be done here.", headers={"Allow": allowed})
        raise not_found("There is nothing at this address.")


def ending(form: str) -> Format:
    """The format of the answer; 400 for an unknown one."""
    if form not in ("xml", "json"):
        raise bad_request("The format is neither xml nor json.")
    return "json" if form == "json" else "xml"


def answer(root: str, value: Value, form: str, status: int = 200) -> Response:
    """The document in the given format."""
    known = ending(form)
    headers = {"Content-Type": MEDIA_TYPES[known], "Cache-Control": "no-store"}
    return Response(render(root, value, known), status, headers)


def check_jurisdiction(intake: Intake, request: Request) -> None:
    """404 when the request names another jurisdiction; naming none is allowed."""
    ours, given = (
        intake.profile.open311.jurisdiction_id,
        request.query_params.get("jurisdiction_id"),
    )
    if given and ours and given.strip() not in ("", ours):
        raise not_found("jurisdiction_id was not found.")


def read_token(token: str) -> UUID:
    """The token's id; 404 for a malformed token."""
    try:
        return UUID(token)
    except ValueError:
        raise not_found("token was not found.") from None
