"""The part of a stored event that a fold looks at: read in a third of the time of the whole.

A view reads millions of events and of each a few fields. Those are read and checked, the others are
passed over; an attribute of the envelope that few ask for is read when somebody does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal, NotRequired, Union

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from events.codec import decode
from events.envelope import Envelope, Event, Purpose
from events.registry import EVENTS
from events.upcasts import STEPS
from events.wire import Moment

Reader = Callable[[bytes], Envelope]
AT_ONCE = {"subject": str, "streamversion": int, "recordedtime": Moment, "purpose": Purpose}
LATER = ("event_id", "occurred_at", "actor", "cause", "correlation_id", "source")
_dictionary: Any = TypedDict
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


@cache
def excerpts(unread: frozenset[str]) -> Reader:
    """A reader like `decode`, but that the event lacks the fields named in `unread`.

    Asking for one of those is an AttributeError. For folds: two excerpts are never equal.
    """
    parse, names = _parser(unread).validator.validate_json, EVENTS

    def read(encoded: bytes) -> Any:
        try:
            found = parse(encoded)
        except ValidationError:
            return decode(encoded)
        name = found["type"]
        if name in STEPS:
            return decode(encoded)
        made = _new(_Excerpt)
        made.encoded = encoded
        made.type = name
        made.stream_id = found["subject"]
        made.version = found["streamversion"]
        made.recorded_at = found["recordedtime"]
        made.purpose = found["purpose"]
        made.data = _new(names[name])
        _put(made.data, "__dict__", found["data"])
        return made

    return read


def _parser(unread: frozenset[str]) -> TypeAdapter[dict[str, Any]]:
    forms = tuple(
        _dictionary(name, AT_ONCE | {"type": Literal[name], "data": _fields(event, unread)})
        for name, event in EVENTS.items()
    )
    any_of_them: Any = Annotated[Union[forms], Field(discriminator="type")]  # noqa: UP007
    return TypeAdapter(any_of_them)


def _fields(event: type[Event], unread: frozenset[str]) -> Any:
    """The event as a dictionary of what is read, defaults included."""
    fields = event.model_fields.items()
    return _dictionary(
        event.__name__,
        {
            name: field.annotation
            if field.is_required()
            else NotRequired[Annotated[field.annotation, Field(default=field.default)]]
            for name, field in fields
            if name not in unread
        },
    )
