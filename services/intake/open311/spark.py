"""One document as XML, or as JSON by the Spark convention (a root list has no name). Pure.

Source: wiki.open311.org/JSON_and_XML_Conversion.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal
from xml.etree import ElementTree

import orjson

Format = Literal["xml", "json"]
Value = str | bool | int | float | None | Sequence["Value"] | Mapping[str, "Value"]
MEDIA_TYPES: Final[dict[Format, str]] = {
    "xml": "text/xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
}
ITEM: Final = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
"""XML element name of the items of each list."""
FORBIDDEN: Final = re.compile("[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, escaped or not (section 2.2); a lone CR is read as LF."""
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def render(root: str, value: Value, form: Format) -> bytes:
    """The document in a format. Both hold the same text, cleaned for XML."""
    if form == "json":
        return orjson.dumps(_clean(value))
    tree = _element(root, value)
    document: bytes = ElementTree.tostring(tree, encoding="utf-8", xml_declaration=True)
    return document


def clean(text: str) -> str:
    """The text without characters that XML cannot hold."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return FORBIDDEN.sub(REPLACEMENT, lines)


def _clean(value: Value) -> Value:
    match value:
        case str():
            return clean(value)
        case Mapping():
            return {name: _clean(each) for name, each in value.items()}
        case Sequence():
            return [_clean(each) for each in value]
        case _:
            return value


def _element(name: str, value: Value) -> ElementTree.Element:
    element = ElementTree.Element(name)
    match value:
        case None:
            pass
        case bool():
            element.text = "true" if value else "false"
        case str():
            element.text = clean(value)
        case Mapping():
            element.extend(_element(key, each) for key, each in value.items())
        case Sequence():
            element.extend(_element(ITEM[name], each) for each in value)
        case _:
            element.text = str(value)
    return element
