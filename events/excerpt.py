"""The part of a stored event that a fold looks at: read in a third of the time of the whole.

A view reads millions of events and of each a few fields. Those are read and checked, the others are
passed over; an attribute of the envelope that few ask for is read when somebody does.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, NotRequired, Union

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from events.codec import decode
from events.envelope import Envelope, Event, Purpose
from events.registry import EVENTS
from events.upcasts import STEPS
from events.wire import Moment

AT_ONCE = {"subject": str, "streamversion": int, "recordedtime": Moment, "purpose": Purpose}
_dictionary: Any = TypedDict
_new, _put = object.__new__, object.__setattr__


class _Excerpt(Envelope):
    """An envelope that decodes the whole when it is asked for what it did not read."""

    __slots__ = ("encoded",)
    encoded: bytes

    def __getattr__(self, name: str) -> Any:
        if name not in Envelope.__slots__:
            raise AttributeError(name)
        return getattr(decode(self.encoded), name)


def excerpt(encoded: bytes, unread: frozenset[str]) -> Envelope:
    """The envelope, like `decode`, but that its event lacks the fields named in `unread`.

    Asking for one of those is an AttributeError. For folds: two excerpts are never equal.
    """
    try:
        found = _parser(unread).validate_json(encoded)
    except ValidationError:
        return decode(encoded)
    name = found["type"]
    if name in STEPS:
        return decode(encoded)
    made = _new(_Excerpt)
    _put(made, "encoded", encoded)
    _put(made, "type", name)
    _put(made, "stream_id", found["subject"])
    _put(made, "version", found["streamversion"])
    _put(made, "recorded_at", found["recordedtime"])
    _put(made, "purpose", found["purpose"])
    _put(made, "data", _event(name, unread, found["data"]))
    return made


@cache
def _parser(unread: frozenset[str]) -> TypeAdapter[dict[str, Any]]:
    forms = tuple(
        _dictionary(name, AT_ONCE | {"type": Literal[name], "data": _fields(event, unread)})
        for name, event in EVENTS.items()
    )
    any_of_them: Any = Annotated[Union[forms], Field(discriminator="type")]  # noqa: UP007
    return TypeAdapter(any_of_them)


def _fields(event: type[Event], unread: frozenset[str]) -> Any:
    """The event as a dictionary of what is read; what was at its default is absent."""
    fields = event.model_fields.items()
    return _dictionary(
        event.__name__,
        {
            name: field.annotation if field.is_required() else NotRequired[field.annotation]
            for name, field in fields
            if name not in unread
        },
    )


@cache
def _defaults(name: str, unread: frozenset[str]) -> dict[str, Any]:
    fields = EVENTS[name].model_fields.items()
    return {n: f.get_default() for n, f in fields if n not in unread and not f.is_required()}


def _event(name: str, unread: frozenset[str], read: dict[str, Any]) -> Event:
    made = _new(EVENTS[name])
    _put(made, "__dict__", _defaults(name, unread) | read)
    _put(made, "__pydantic_fields_set__", set(read))
    _put(made, "__pydantic_extra__", None)
    _put(made, "__pydantic_private__", None)
    return made
