"""The words that somebody wrote in an e-mail: no markup, nothing they only quoted. Never raises."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

SILENT: Final = frozenset({"script", "style", "head", "title", "template", "noscript", "svg"})
BREAKS: Final = frozenset(
    {"p", "div", "br", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "pre", "hr"}
)
QUOTES: Final = frozenset({"blockquote"})
QUOTING_CLASS: Final = re.compile(r"\b(gmail_quote|yahoo_quoted|moz-cite-prefix|OutlookMessage)")
VOID: Final = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "area", "base", "col"})
QUOTED_LINE: Final = re.compile(r"^\s*>")
BEGINS_QUOTE: Final = re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|mensaje original|forwarded message)\s*-{2,}"
    r"|_{20,}"
    r"|(?:on|el)\b[^\n]{5,200}\b(?:wrote|escribió):)\s*$",
    re.I,
)
SENDER_LINE: Final = re.compile(r"^\s*(?:from|de):\s+\S", re.I)
SENT_LINE: Final = re.compile(r"^\s*(?:sent|date|enviado|fecha):\s+\S", re.I)
SIGNATURE: Final = re.compile(r"^-- ?$")


def written(text: str, html: str, above: tuple[str, ...] = ()) -> str:
    """What was written, from the plain part or else the HTML one; `above` are our own marks."""
    own = cut(text, above)
    return own or (cut(without_markup(html), above) if html else "")


def cut(text: str, above: tuple[str, ...] = ()) -> str:
    """The text without what it quotes: nothing else is dropped but a signature behind `-- `."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        if any(mark in line for mark in above) or _begins_quote(lines, number):
            break
        if SIGNATURE.match(line) and kept:
            break
        if not QUOTED_LINE.match(line):
            kept.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _begins_quote(lines: list[str], number: int) -> bool:
    """Whether an answered message begins here: its headline, broken over two lines perhaps."""
    line = lines[number]
    following = lines[number + 1] if number + 1 < len(lines) else ""
    if BEGINS_QUOTE.match(line) or BEGINS_QUOTE.match(f"{line} {following.strip()}"):
        return bool(number + 1 < len(lines))
    return bool(SENDER_LINE.match(line) and SENT_LINE.match(following))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BREAKS:
            self.said.append("\n")
        if tag in VOID:
            return
        quoting = any(n == "class" and QUOTING_CLASS.search(v or "") for n, v in attrs)
        if self._hidden or tag in SILENT or tag in QUOTES or quoting:
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            while self._hidden.pop() != tag:
                pass
        if tag in BREAKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(re.sub(r"\s+", " ", data))


def without_markup(html: str) -> str:
    """The words of a page, one paragraph a line; scripts, styles and quotes are left out."""
    parser = _Words()
    try:
        parser.feed(html)
        parser.close()
    except (AssertionError, ValueError):  # a declaration that is none: what was read until there
        pass
    lines = (line.strip() for line in "".join(parser.said).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
