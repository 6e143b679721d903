"""The part of a stored event that a fold looks at: read in a fraction of the time of the whole.

A view reads millions of events and of each a few fields. Those are read, each as its type (what
else a model demands was checked before the event was stored); the others are passed over. An
attribute of the envelope that few ask for is read when somebody does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec
import msgspec.structs
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from events.codec import decode
from events.envelope import Envelope, Event, Purpose
from events.registry import EVENTS
from events.upcasts import STEPS

Reader = Callable[[bytes], Envelope]
LATER = ("event_id", "occurred_at", "actor", "cause", "correlation_id", "source")
PLAIN = frozenset({str, int, float, bool, UUID, date, type(None)})
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_as_dictionary = msgspec.structs.asdict
_new: Any = object.__new__
_put = object.__setattr__


class _Excerpt(Envelope):
    """An envelope that decodes the whole when it is asked for what it did not read."""

    __slots__ = ("encoded",)
    __setattr__ = object.__setattr__
    encoded: bytes

    def __getattr__(self, name: str) -> Any:
        if name not in LATER:
            raise AttributeError(name)
        whole = decode(self.encoded)
        for each in LATER:
            setattr(self, each, getattr(whole, each))
        return getattr(whole, name)


class _Head(msgspec.Struct, gc=False):
    """What is read of every envelope; the event's fields stay bytes until it is known which."""

    type: str
    subject: str
    streamversion: int
    recordedtime: Moment
    purpose: Purpose
    data: msgspec.Raw


_head = msgspec.json.Decoder(_Head)


@cache
def excerpts(unread: frozenset[str]) -> Reader:
    """A reader like `decode`, but that the event lacks the fields named in `unread`.

    Asking for one of those is an AttributeError. For folds: two excerpts are never equal.
    """
    readers = {name: _fields(event, unread) for name, event in EVENTS.items() if name not in STEPS}

    def read(encoded: bytes) -> Any:
        try:
            found = _head.decode(encoded)
            reader = readers[found.type]
            data = _as_dictionary(reader.decode(found.data))
            for name, parse in reader.composed:
                if type(data[name]) is msgspec.Raw:
                    data[name] = parse(bytes(data[name]))
        except (KeyError, msgspec.MsgspecError, UnicodeDecodeError, ValidationError):
            return decode(encoded)
        made = _new(_Excerpt)
        made.encoded = encoded
        made.type = found.type
        made.stream_id = found.subject
        made.version = found.streamversion
        made.recorded_at = found.recordedtime
        made.purpose = found.purpose
        made.data = _new(reader.event)
        _put(made.data, "__dict__", data)
        return made

    return read


@dataclass(frozen=True, slots=True)
class _Fields:
    """How one event's fields are read: the plain ones at once, the others each by its own model."""

    event: type[Event]
    decode: Callable[[msgspec.Raw], msgspec.Struct]
    composed: tuple[tuple[str, Callable[[bytes], Any]], ...]


def _fields(event: type[Event], unread: frozenset[str]) -> _Fields:
    fields = {name: field for name, field in event.model_fields.items() if name not in unread}
    plain = {name: _plain(field.annotation) for name, field in fields.items()}
    form = [
        (name, plain[name] or msgspec.Raw, *(() if field.is_required() else (field.default,)))
        for name, field in fields.items()
    ]
    models = [(name, fields[name].rebuild_annotation()) for name in fields if plain[name] is None]
    return _Fields(
        event,
        msgspec.json.Decoder(
            msgspec.defstruct(event.__name__, form, kw_only=True, gc=False)
        ).decode,
        tuple((name, TypeAdapter(model).validate_json) for name, model in models),
    )


def _plain(annotation: Any) -> Any:
    """The annotation for a parser that knows no models; None when models are in it."""
    if annotation in PLAIN:
        return annotation
    if annotation is AwareDatetime:
        return Moment
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return annotation
    if origin is Annotated:
        return _plain(parts[0])
    if origin is None:
        return None
    inner = [part if part is ... else _plain(part) for part in parts]
    generic: Any = Union if origin in (Union, UnionType) else origin
    return None if None in inner else generic[tuple(inner)]
