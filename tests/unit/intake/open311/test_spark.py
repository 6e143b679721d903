"""Both forms say the same, whatever the text: nothing breaks out of its element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.intake.open311.spark import ITEM, clean, render

if TYPE_CHECKING:
    from services.intake.open311.spark import Value

ANY_TEXT = st.text(
    st.one_of(
        st.sampled_from("<>&'\"]/\x00\x08\t\n\r\x0b\x1f\x7f\x85\u2028\ud800\udfff\ufffe\uffff"),
        st.characters(),
    ),
    max_size=30,
)
SCALARS = st.none() | st.booleans() | ANY_TEXT
NAMES = st.sampled_from(["code", "description", "keywords", "address"])
MEMBERS = st.dictionaries(NAMES, SCALARS, max_size=4)
LISTS = st.lists(MEMBERS | SCALARS, max_size=3)
DOCUMENTS = st.one_of(
    LISTS,
    st.builds(
        lambda members, listed: members | {"attributes": listed},
        MEMBERS,
        st.lists(st.builds(lambda m, v: m | {"values": v}, MEMBERS, LISTS), max_size=3),
    ),
)


def parsed(element: ElementTree.Element) -> Any:
    """The element as the Spark convention reads it; every scalar as its text."""
    if element.tag in ITEM:
        assert {child.tag for child in element} <= {ITEM[element.tag]}
        return [parsed(child) for child in element]
    if len(element):
        return {child.tag: parsed(child) for child in element}
    return element.text or ""


def as_text(value: Any) -> Any:
    match value:
        case dict():
            return {key: as_text(each) for key, each in value.items()} or ""
        case list():
            return [as_text(each) for each in value]
        case bool():
            return "true" if value else "false"
        case _:
            return value or ""


@given(DOCUMENTS)
def test_xml_and_json_say_the_same(document: Value) -> None:
    root = "services" if isinstance(document, list) else "service_definition"
    tree = ElementTree.fromstring(render(root, document, "xml"))
    assert tree.tag == root
    assert parsed(tree) == as_text(orjson.loads(render(root, document, "json")))


@given(ANY_TEXT)
def test_a_text_arrives_as_it_was_but_for_what_xml_cannot_hold(text: str) -> None:
    tree = ElementTree.fromstring(render("errors", [{"description": text}], "xml"))
    assert (tree.findtext("error/description") or "") == clean(text)
    if text.isprintable():
        assert clean(text) == text


def test_the_declaration_names_utf_8() -> None:
    first_line = render("errors", [], "xml").splitlines()[0].decode().lower()
    assert first_line.startswith("<?xml version='1.0' encoding='utf-8'?>")
