"""Fields of events and their parts, in words: type, unit, whether personal, and what they mean."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from datetime import date, datetime
from textwrap import dedent
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, JsonValue

from events.personal import Personal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PLAIN: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "yes or no",
    UUID: "UUID",
    datetime: "time",
    date: "date",
    AwareDatetime: "time",
    NoneType: "nothing",
    JsonValue: "any JSON",
}
UNITS = ("metres", "kilometres", "degrees", "seconds", "minutes", "hours", "days", "bytes")
COORDINATES = ("latitude", "longitude")


@dataclass(frozen=True, slots=True)
class Field:
    """One member of an event or part."""

    name: str
    type: str
    unit: str
    needed: bool
    personal: bool
    meaning: str


def described_fields(model: type[BaseModel]) -> list[Field]:
    """The fields of a model, in its own order."""
    meanings = dict(_docstrings(model))
    return [
        Field(
            name=field.alias or name,
            type=_words(field.annotation),
            unit=_unit(name, field.annotation),
            needed=field.is_required(),
            personal=any(_is_personal(each) for each in _inside(field.annotation)),
            meaning=meanings.get(name, ""),
        )
        for name, field in model.model_fields.items()
    ]


def parts_of(models: Iterable[type[BaseModel]]) -> set[type[BaseModel]]:
    """The models that stand somewhere inside of `models`."""
    found: set[type[BaseModel]] = set()
    left = list(models)
    while left:
        annotations = [field.annotation for field in left.pop().model_fields.values()]
        for inner in (each for annotation in annotations for each in _inside(annotation)):
            if _is_model(inner) and not _is_personal(inner) and inner not in found:
                found.add(inner)
                left.append(inner)
    return found


def _inside(annotation: Any) -> Iterator[Any]:
    """The annotation and everything it is made of, what a personal value holds included."""
    yield annotation
    inner = (_held(annotation),) if _is_personal(annotation) else get_args(annotation)
    if get_origin(annotation) is not Literal and annotation not in PLAIN:
        for each in inner:
            yield from _inside(each)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_personal(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Personal)


def _held(personal: type[Personal[Any]]) -> Any:
    return personal.__pydantic_generic_metadata__["args"][0]


def _words(annotation: Any) -> str:
    """A type in words, safe inside a Markdown table."""
    if annotation in PLAIN:
        return PLAIN[annotation]
    if _is_personal(annotation):
        return _words(_held(annotation))
    if _is_model(annotation):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    arguments = get_args(annotation)
    match get_origin(annotation):
        case origin if origin is Annotated:
            return _words(arguments[0])
        case origin if origin is Literal:
            return " or ".join(f"`{each}`" for each in arguments)
        case origin if origin in (Union, UnionType):
            return " or ".join(_words(each) for each in arguments)
        case origin if origin in (tuple, list, frozenset, set):
            return f"list of {_words(arguments[0])}"
        case origin if origin is dict:
            return f"dictionary, {_words(arguments[0])} to {_words(arguments[1])}"
    raise NotImplementedError(f"no words for {annotation}: add it to PLAIN")


def _unit(name: str, annotation: Any) -> str:
    """The unit is part of a name; what has none by nature says how it is written."""
    if name in COORDINATES:
        return "degrees, WGS 84"
    if any(each in (datetime, AwareDatetime) for each in _inside(annotation)):
        return "RFC 3339, UTC"
    return next((unit for unit in UNITS if unit in name.split("_")), "")


def _docstrings(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """The string below a field says what it means."""
    (body,) = ast.parse(dedent(inspect.getsource(model))).body
    assert isinstance(body, ast.ClassDef)
    for field, after in zip(body.body, body.body[1:], strict=False):
        match field, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                value=ast.Constant(value=str(text))
            ):
                yield name, " ".join(text.split())
            case _:
                pass
