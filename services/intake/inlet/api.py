"""`/api/v1/partner/events`: send CloudEvents, and query what became of them.

A 202 means committed. Every answer carries the assessment of the event, whoever sends it and even
if the request is refused. Partners are not rate-limited.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import psycopg
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from psycopg_pool import PoolTimeout

from services.intake.domain.inbound import RefusedError, cause_id
from services.intake.handlers import OUTBOX, Intake
from services.intake.inlet import documented
from services.intake.inlet.receipts import history, receipt
from services.intake.inlet.requests import Received, as_record, events_of, receive
from services.intake.partners import claimed_ids, registry
from services.intake.partners.arriving import is_drill
from services.intake.partners.reception import Receiving
from services.intake.partners.registry import Sender
from services.runtime.clock import now
from services.runtime.database import TRANSIENT
from services.runtime.event_store import ConflictError
from services.runtime.log import logger
from services.runtime.problems import ProblemError, unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from events.topics import Topics
    from services.intake.partners.outcome import PartnerOutcome
    from services.runtime.kafka import Record

ATTEMPTS = 5
AT_ONCE = 4
"""Concurrent transactions; the pool's other connections stay free for reports from the public."""
UNREACHABLE = (psycopg.Error, PoolTimeout, TimeoutError, OSError)
UNEXPECTED = "Nothing was kept. Send it again; if that does not help, tell the agency."
SEND_A_TOKEN = "Send Authorization: Bearer with a token of yours that lives."  # noqa: S105 - no token


def router(intake: Intake, topics: Topics) -> APIRouter:
    """The routes, on handlers that are already composed."""
    routes = APIRouter(
        prefix="/api/v1/partner", tags=["partners"], dependencies=[Depends(documented.TOKEN)]
    )
    receiving, turn = Receiving(intake, topics, "http"), asyncio.Semaphore(AT_ONCE)

    @routes.post("/events", status_code=202, **documented.SENDING)
    async def send_events(request: Request) -> Response:
        received = await receive(request, intake.profile)
        moment = now()
        sender = await _sender(intake, request, received, moment)
        messages = events_of(request, received)
        topic = topics.inbound(sender.partner)
        records = [as_record(topic, message) for message in messages]
        if sender.exercise_only and not all(_is_exercise(receiving, r, moment) for r in records):
            received.refuse(
                403,
                "exercise-only",
                "This token is for exercises only",
                'Every event needs the attribute purpose with the value "exercise". Nothing was'
                " kept.",
            )
        async with turn:
            outcomes = await _committed(receiving, sender.partner, records, received, moment)
        body = receipt(intake.profile, sender.partner, received.body, outcomes, moment)
        return _json(body, 202)

    @routes.get("/events", operation_id=documented.ASK, **documented.ASKING)
    async def ask_by_id(
        request: Request,
        id: Annotated[str, Query(min_length=1, max_length=500)],
        purpose: documented.Purpose = "live",
    ) -> Response:
        return await _status_of_event(request, id, purpose)

    @routes.get("/events/{event_id:path}", **documented.ASKING)
    async def ask(
        request: Request, event_id: str, purpose: documented.Purpose = "live"
    ) -> Response:
        return await _status_of_event(request, event_id, purpose)

    async def _status_of_event(request: Request, event_id: str, purpose: str) -> Response:
        nothing = Received(b"", None, {})
        sender = await _sender(intake, request, nothing, now())
        cause = cause_id(sender.partner, event_id, exercise=purpose == "exercise")
        async with intake.pool.connection() as connection:
            rows = await claimed_ids.history(connection, cause)
        if not rows:
            raise ProblemError(
                404,
                "no-such-event",
                "Nothing came from you under this id",
                "Send the event. Exercises are asked for with ?purpose=exercise.",
            )
        return _json(history(event_id, rows), 200)

    return routes


def _is_exercise(receiving: Receiving, record: Record, moment: datetime) -> bool:
    """Whether the event is an exercise, also when it is unreadable."""
    try:
        return receiving.read(record, moment).purpose == "exercise"
    except RefusedError:
        return is_drill(record)


async def _sender(intake: Intake, request: Request, received: Received, moment: datetime) -> Sender:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    sender = None
    if scheme.lower() == "bearer" and secret.strip():
        try:
            async with intake.pool.connection() as connection:
                sender = await registry.sender_of(connection, secret.strip(), moment)
        except UNREACHABLE as error:
            raise _unavailable(error, received) from None
    if sender is None:
        received.refuse(
            401,
            "partner-token",
            "No partner has this token",
            SEND_A_TOKEN,
            headers={"WWW-Authenticate": "Bearer"},
        )
    return sender


async def _committed(
    receiving: Receiving,
    partner: str,
    records: Sequence[Record],
    received: Received,
    moment: datetime,
) -> list[PartnerOutcome]:
    """The outcomes of the events, committed; otherwise a problem with the member `emergency`."""
    arrived = [(partner, record) for record in records]
    for attempt in range(1, ATTEMPTS + 1):
        try:
            outcomes = await _in_a_transaction(receiving, arrived, moment)
        except (ConflictError, *TRANSIENT) as error:
            if attempt == ATTEMPTS or isinstance(error, psycopg.errors.AdminShutdown):
                raise _unavailable(error, received) from None
        except UNREACHABLE as error:
            raise _unavailable(error, received) from None
        except Exception as error:
            logger().error("inlet.unexpected", error=type(error).__name__)
            received.refuse(500, "unexpected", "Something went wrong on our side", UNEXPECTED)
        else:
            receiving.intake.wake.notify(OUTBOX)
            return outcomes
    raise AssertionError


async def _in_a_transaction(
    receiving: Receiving, arrived: Sequence[tuple[str, Record]], moment: datetime
) -> list[PartnerOutcome]:
    async with receiving.intake.pool.connection() as connection, connection.transaction():
        return await receiving.receive(connection, arrived, moment)


def _unavailable(error: Exception, received: Received) -> ProblemError:
    logger().error("inlet.not-committed", error=type(error).__name__)
    return unavailable(emergency=received.emergency)


def _json(body: dict[str, Any], status: int) -> Response:
    return Response(orjson.dumps(body), status, {"Cache-Control": "no-store"}, "application/json")
