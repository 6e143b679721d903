"""Stored bytes to checked attributes, in one pass of pydantic's own JSON parser.

One parser knows every event of the registry by its name and makes it in the same pass. Bytes it
refuses are read again, slowly: an older version is brought to the newest, an unknown name stops the
reader, and anything else is an error that says what is wrong.
"""

from __future__ import annotations

from functools import cache
from operator import itemgetter
from typing import Annotated, Any, Literal, Union, get_type_hints
from uuid import UUID  # noqa: TC003 - pydantic reads the annotations

import orjson
from pydantic import AwareDatetime, Field, Strict, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from events.envelope import Event, Purpose  # noqa: TC001
from events.registry import EVENTS, UnknownEventError
from events.upcasts import STEPS, upcast

TEXTS = ("id", "source", "type", "subject", "time", "recordedtime", "causationid", "correlationid")
_texts = itemgetter(*TEXTS)
Moment = Annotated[AwareDatetime, Strict()]
"""A text with a zone; a number would pass for seconds since 1970."""


class Attributes(TypedDict):
    """What stands in the bytes, as CloudEvents names it; `data` is the event."""

    id: UUID
    type: str
    source: str
    subject: str
    streamversion: int
    time: Moment
    recordedtime: Moment
    actor: str
    onbehalfof: str
    through: str
    purpose: Purpose
    causationid: str
    correlationid: UUID
    data: Event


def parse(encoded: bytes) -> Attributes:
    """The attributes, the event among them brought to the newest version.

    UnknownEventError for a name this code does not know; ValueError or KeyError for bytes that are
    not ours.
    """
    try:
        found = _parser().validate_json(encoded)
    except ValidationError:
        return _slowly(encoded)
    return _slowly(encoded) if found["type"] in STEPS else found


@cache
def _parser() -> TypeAdapter[Attributes]:
    """For every event of the registry, told apart by `type`."""
    make: Any = TypedDict
    hints = get_type_hints(Attributes, include_extras=True)
    forms = tuple(
        make(name, hints | {"type": Literal[name], "data": event}) for name, event in EVENTS.items()
    )
    any_of_them: Any = Annotated[Union[forms], Field(discriminator="type")]  # noqa: UP007
    return TypeAdapter(any_of_them)


def texts(encoded: bytes) -> dict[str, Any]:
    """The attributes as JSON has them; ValueError or KeyError when they are not those of ours."""
    attributes = orjson.loads(encoded)
    if not isinstance(attributes, dict):
        raise ValueError("not a JSON object")
    if {*map(type, _texts(attributes))} != {str}:
        raise ValueError("an attribute is not a text")
    return attributes


def _slowly(encoded: bytes) -> Attributes:
    found = texts(encoded)
    name, data = upcast(found["type"], found["data"])
    if name not in EVENTS:
        raise UnknownEventError(name)
    return _parser().validate_json(orjson.dumps(found | {"type": name, "data": data}))
