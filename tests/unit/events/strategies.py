"""Strategies for every registered event, derived from its fields: a new event needs none here."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, date, datetime, timedelta, timezone
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, JsonValue

from events.envelope import Actor, Cause, CauseKind, Envelope, Event, Purpose
from events.personal import Personal
from events.registry import EVENTS, owner

Strategy = st.SearchStrategy[Any]
few = settings(max_examples=30, deadline=None)
"""Enough for code without branches on values; no deadline, for machines are busy."""
many = settings(max_examples=200, deadline=None)
texts = st.text(max_size=30)
moments = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5, minutes=-30))]),
)
json_values: Strategy = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
PLAIN: dict[Any, Strategy] = {
    str: texts,
    int: st.integers(-(2**31), 2**31 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    AwareDatetime: moments,  # and not datetime: an event's times have a zone
    date: st.dates(),
    UUID: st.uuids(),
    NoneType: st.none(),
    JsonValue: json_values,
}


def values(annotation: Any, *, sealed: bool) -> Strategy:
    """Values of a field so annotated; personal ones sealed or open."""
    if annotation in PLAIN:
        return PLAIN[annotation]
    arguments = get_args(annotation)
    match get_origin(annotation):
        case origin if origin is Annotated:
            return values(arguments[0], sealed=sealed)
        case origin if origin is Literal:
            return st.sampled_from(arguments)
        case origin if origin in (Union, UnionType):
            return st.one_of(*(values(each, sealed=sealed) for each in arguments))
        case origin if origin is tuple and arguments[1:] == (...,):
            return st.lists(values(arguments[0], sealed=sealed), max_size=3).map(tuple)
        case origin if origin is dict:
            inner = (values(each, sealed=sealed) for each in arguments)
            return st.dictionaries(*inner, max_size=3)
    if isinstance(annotation, type) and issubclass(annotation, Personal):
        return personals(annotation, sealed=sealed)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return models(annotation, sealed=sealed)
    raise NotImplementedError(f"no strategy for {annotation}: add it to PLAIN")


def personals(annotation: type[Personal[Any]], *, sealed: bool) -> Strategy:
    """A personal value of that type."""
    if sealed:
        boxes = st.binary(min_size=28, max_size=60).map(lambda box: b64encode(box).decode())
        return st.builds(annotation, subject=texts, sealed=boxes)
    inner = annotation.__pydantic_generic_metadata__["args"][0]
    subjects = st.sampled_from(["report-1", "person-1"])
    return st.builds(annotation, subject=subjects, value=values(inner, sealed=False))


def models(model: type[BaseModel], *, sealed: bool) -> Strategy:
    """A model, any of its optional fields left out or not."""
    fields = model.model_fields
    each = {name: values(field.annotation, sealed=sealed) for name, field in fields.items()}
    needed = {name: each[name] for name, field in fields.items() if field.is_required()}
    optional = {name: each[name] for name in each.keys() - needed.keys()}
    return st.fixed_dictionaries(needed, optional=optional).map(lambda given: model(**given))


def events(name: str, *, sealed: bool = True) -> st.SearchStrategy[Event]:
    """Events of a registered name."""
    return models(EVENTS[name], sealed=sealed)


@st.composite
def envelopes(draw: st.DrawFn, name: str | None = None, *, sealed: bool = True) -> Envelope:
    """Envelopes of a registered name, or of any."""
    chosen = name or draw(st.sampled_from(sorted(EVENTS)))
    return Envelope(
        event_id=draw(st.uuids()),
        type=chosen,
        stream_id=draw(st.text(min_size=1, max_size=50)),
        version=draw(st.integers(1, 2**31 - 1)),
        occurred_at=draw(moments),
        recorded_at=draw(moments),
        actor=draw(st.builds(Actor, texts, texts, texts)),
        purpose=draw(st.sampled_from(Purpose)),
        cause=draw(st.builds(Cause, st.sampled_from(CauseKind), st.uuids())),
        correlation_id=draw(st.uuids()),
        source=f"/blotter/{owner(chosen)}",
        data=draw(events(chosen, sealed=sealed)),
    )
