"""`/api/v1/text/<inlet>`: deliveries come in, replies go out. Provider-neutral, signed.

The text of a delivery is assessed first, and every refusal carries that assessment: also for a bad
signature, an unreadable body and an unavailable database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import Response
from psycopg_pool import PoolTimeout

from services.intake.api import emergency_of, read_body
from services.intake.domain.report import assess_bytes
from services.intake.handlers import Intake
from services.intake.texting import delivery_rows, inlets
from services.intake.texting.conversation import ConversationProfile
from services.intake.texting.incoming import read_incoming
from services.intake.texting.inlets import Inlet, InletCache
from services.intake.texting.languages import languages
from services.intake.texting.message_handling import receive
from services.intake.webhook_signature import is_genuine
from services.runtime.clock import now
from services.runtime.event_store import ConflictError
from services.runtime.log import logger
from services.runtime.problems import ProblemError, unavailable

if TYPE_CHECKING:
    from services.agency.site import Site
    from services.hazards.structured import Assessment
    from services.intake.texting.incoming import Incoming

MOST_BYTES = 256 * 1024
ATTEMPTS = 3
AWAY = (psycopg.Error, PoolTimeout, TimeoutError, OSError)
RACED = (ConflictError, psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected)


def router(intake: Intake, site: Site) -> APIRouter:
    """The routes, on handlers that are already composed."""
    routes = APIRouter(prefix="/api/v1/text", tags=["text inlets"])
    agency = ConversationProfile(intake.profile, site, languages(intake.profile, site))
    deliveries = _DeliveryRoutes(intake, agency, InletCache())

    @routes.post("/{inlet}/messages")
    async def deliver_a_message(request: Request, inlet: str) -> Response:
        return _json(await deliveries.take(request, inlet))

    @routes.get("/{inlet}/outgoing")
    async def fetch_outgoing(request: Request, inlet: str, after: int = 0) -> Response:
        async with intake.pool.connection() as connection:
            await _must_open(connection, request, inlet)
            most = min(max(after, 0), 2**62)
            found = await delivery_rows.unsent(connection, intake.keyring, inlet, most)
        return _json({"messages": found})

    @routes.post("/{inlet}/outgoing/{reply_id}/sent", status_code=204)
    async def say_it_is_sent(request: Request, inlet: str, reply_id: UUID) -> Response:
        async with intake.pool.connection() as connection:
            await _must_open(connection, request, inlet)
            if not await delivery_rows.mark_sent(connection, inlet, reply_id, now()):
                raise ProblemError(404, "no-such-reply", "This inlet has no such message")
        return Response(status_code=204)

    return routes


class _DeliveryRoutes:
    """Routes that receive deliveries."""

    def __init__(self, intake: Intake, agency: ConversationProfile, cache: InletCache) -> None:
        self.intake, self.agency, self.cache = intake, agency, cache

    async def take(self, request: Request, name: str) -> dict[str, Any]:
        """The answer to a delivery; otherwise a problem with the member `emergency`."""
        raw, trouble = await read_body(request, MOST_BYTES)
        assessment = assess_bytes(self.intake.profile, raw)
        emergency = emergency_of(self.intake.profile, assessment)
        inlet = await self._inlet(name, emergency)
        timestamp = request.headers.get("blotter-timestamp", "")
        signatures = request.headers.get("blotter-signature", "")
        secret = inlet.secret if inlet else None
        if not is_genuine(secret, timestamp, signatures, raw, now()) or inlet is None:
            raise ProblemError(
                401,
                "signature",
                "The delivery is not signed as agreed",
                "Nothing was kept. Sign the time and the body with the inlet's secret, anew for"
                " each try.",
                emergency=emergency,
            )
        incoming = read_incoming(inlet.channel, raw, trouble, _marks(self.agency))
        if incoming.trouble and assessment.outcome != "divert":
            raise _unreadable(incoming.trouble, emergency)
        return await self._committed(inlet, incoming, assessment)

    async def _inlet(self, name: str, emergency: dict[str, str]) -> Inlet | None:
        try:
            async with self.intake.pool.connection() as connection:
                found = await inlets.find(connection, self.intake.keyring, name)
        except AWAY as error:
            logger().error("texting.inlet-unknown", error=type(error).__name__)
            known = self.cache.inlets.get(name)
            if known is None:
                raise unavailable(emergency=emergency) from None
            return known
        self.cache.note(name, found)
        return found

    async def _committed(
        self, inlet: Inlet, incoming: Incoming, assessment: Assessment
    ) -> dict[str, Any]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await receive(self.intake, self.agency, inlet, incoming, now())
            except RACED as error:
                if attempt == ATTEMPTS:
                    raise self._not_stored(inlet, incoming, assessment, error) from None
            except AWAY as error:
                raise self._not_stored(inlet, incoming, assessment, error) from None
            except Exception as error:
                problem = self._not_stored(inlet, incoming, assessment, error)
                problem.status, problem.name = 500, "unexpected"
                problem.title = "Something went wrong on our side"
                raise problem from None
        raise AssertionError

    def _not_stored(
        self, inlet: Inlet, incoming: Incoming, assessment: Assessment, error: Exception
    ) -> ProblemError:
        """Nothing is stored; the problem says so and which number to call."""
        logger().error("texting.not-committed", inlet=inlet.name, error=type(error).__name__)
        speaking = self.agency.languages
        language_words = speaking.of(speaking.likely_language(incoming.text))
        instruction = language_words.local.emergency.instruction(assessment.outcome)
        reply = f"{instruction}\n{language_words.say('texting.unkept')}"
        return unavailable(
            emergency={"outcome": assessment.outcome, "instruction": instruction},
            to=incoming.sender or None,
            reply=reply if incoming.sender and not incoming.automatic else None,
        )


def _marks(agency: ConversationProfile) -> tuple[str, ...]:
    return tuple(one.say("texting.above") for one in agency.languages.each.values())


def _unreadable(trouble: str, emergency: dict[str, str]) -> ProblemError:
    kept = "Nothing was kept."
    match trouble:
        case "too-large":
            title, detail = "The message is too large", f"At most {MOST_BYTES} bytes. {kept}"
            return ProblemError(413, "too-large", title, detail, emergency=emergency)
        case "slow" | "disconnected":
            title, detail = "The message did not arrive whole", f"{kept} Send it again."
            return ProblemError(408, "slow-body", title, detail, emergency=emergency)
        case _:
            detail = f"Send one JSON object. {kept}"
            title = "The body is not a JSON object"
            return ProblemError(400, "unreadable", title, detail, emergency=emergency)


async def _must_open(connection: Any, request: Request, name: str) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not await inlets.opens(connection, name, key.strip()):
        raise ProblemError(
            401,
            "inlet-key",
            "No inlet of this name has this key",
            "Send Authorization: Bearer with the inlet's key.",
            headers={"WWW-Authenticate": "Bearer"},
        )


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), 200, {"Cache-Control": "no-store"}, "application/json")
