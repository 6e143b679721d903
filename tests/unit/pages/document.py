"""A rendered page as its elements, for questions that a browser's reader would ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})


@dataclass(eq=False)
class Element:
    """One element with its text and what it stands in; `within` is the outermost first."""

    tag: str
    attributes: dict[str, str]
    within: tuple[Element, ...]
    text: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def words(self) -> str:
        """The text inside, blanks collapsed."""
        return " ".join("".join(self.text).split())

    def inside(self, tag: str) -> bool:
        """Whether an ancestor is a `tag`."""
        return any(outer.tag == tag for outer in self.within)


class Document(HTMLParser):
    """Every element of a page in order; an element that is never closed is an error."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert self._open == [], f"never closed: {[each.tag for each in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice on {tag}: {names}"
        element = Element(tag, {n: v or "" for n, v in attrs}, tuple(self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Called by the parser."""
        opened = self._open.pop()
        assert opened.tag == tag, f"</{tag}> closes <{opened.tag}>"

    def handle_data(self, data: str) -> None:
        """Called by the parser."""
        for element in self._open:
            element.text.append(data)

    def all(self, *tags: str) -> list[Element]:
        """Every element with one of these tags."""
        return [element for element in self.elements if element.tag in tags]

    def controls(self) -> list[Element]:
        """What a person can fill in."""
        return [e for e in self.all("input", "select", "textarea") if e["type"] != "hidden"]

    def ids(self) -> list[str]:
        """Every id, in order."""
        return [element["id"] for element in self.elements if "id" in element.attributes]
