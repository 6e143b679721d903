"""A request for public records as a decider: open, perhaps extended, answered once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from events.decider import Decider
from events.records import (
    RecordsEvent,
    RecordsRefused,
    RecordsReleased,
    RecordsRequested,
    RecordsRequestExtended,
)
from services.casework.domain.decide import RefusedError


@dataclass(frozen=True, slots=True)
class Receive:
    """Register a request for the records of these reports."""

    request_number: str
    received_on: date
    due_on: date
    reports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extend:
    """Use the additional time; `due_on` is the new date."""

    due_on: date


@dataclass(frozen=True, slots=True)
class Release:
    """Release the records exported up to a position of the ledger."""

    redactions: tuple[tuple[str, int], ...]
    through: int
    digest: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """Release nothing."""

    exemptions: tuple[str, ...]


RecordsCommand = Receive | Extend | Release | Refuse


@dataclass(frozen=True, slots=True)
class RecordsRequest:
    """One request: only the state that decisions need."""

    received: RecordsRequested | None = None
    due_on: date = date.min
    extended: bool = False
    answer: RecordsEvent | None = None


def evolve(request: RecordsRequest, event: RecordsEvent) -> RecordsRequest:
    """The request after the event."""
    match event:
        case RecordsRequested():
            return replace(request, received=event, due_on=event.due_on)
        case RecordsRequestExtended():
            return replace(request, due_on=event.due_on, extended=True)
        case RecordsReleased() | RecordsRefused():
            return replace(request, answer=event)
    assert_never(event)


def decide(command: RecordsCommand, request: RecordsRequest) -> tuple[RecordsEvent, ...]:
    """The events of `command`; RefusedError when it is not allowed now."""
    if isinstance(command, Receive):
        return _receive(command, request)
    if request.received is None:
        raise RefusedError("there is no such request", "an existing number")
    match command:
        case Extend():
            return _extend(command, request)
        case Release():
            released = RecordsReleased(
                reports=request.received.reports,
                redactions=dict(command.redactions),
                through=command.through,
                digest=command.digest,
            )
            return _answer(released, request)
        case Refuse():
            return _answer(RecordsRefused(exemptions=command.exemptions), request)
    assert_never(command)


def _receive(command: Receive, request: RecordsRequest) -> tuple[RecordsEvent, ...]:
    if request.received is not None:
        return ()
    if not command.reports:
        raise RefusedError("no report is asked for", "at least one report number")
    return (
        RecordsRequested(
            request_number=command.request_number,
            received_on=command.received_on,
            due_on=command.due_on,
            reports=command.reports,
        ),
    )


def _extend(command: Extend, request: RecordsRequest) -> tuple[RecordsEvent, ...]:
    if request.extended and command.due_on == request.due_on:
        return ()
    if request.answer is not None:
        raise RefusedError("the request is answered", "an open request")
    if request.extended:
        raise RefusedError("the time was extended already", "an answer")
    if command.due_on <= request.due_on:
        raise RefusedError("the law allows no more time", "an answer")
    return (RecordsRequestExtended(due_on=command.due_on),)


def _answer(answer: RecordsEvent, request: RecordsRequest) -> tuple[RecordsEvent, ...]:
    if request.answer == answer:
        return ()
    if request.answer is not None:
        raise RefusedError("the request is answered otherwise", "an open request")
    return (answer,)


DECIDER: Decider[RecordsCommand, RecordsRequest, RecordsEvent] = Decider(
    RecordsRequest(), decide, evolve
)
