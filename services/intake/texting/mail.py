"""The author's own text of an e-mail, without markup and quotes. Never raises."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

BREAKS: Final = frozenset(
    {"p", "div", "br", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "pre", "hr"}
)
QUOTING_CLASS: Final = re.compile(r"\b(gmail_quote|yahoo_quoted|moz-cite-prefix|OutlookMessage)")
VOID: Final = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "area", "base", "col"})
MARKUP: Final = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(script|style|title|template)\b[^<>]*>.*?(?:</\1\s*>|\Z)"
    r"|<[!?][^<>]*>"
    r"|<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)\b(?P<rest>[^<>]*)>"
    r"|(?P<words>[^<]+|<)",
    re.I | re.S,
)
"""Each alternative ends at the next bracket or takes the rest, so that the time is linear; the
parser of the standard library takes minutes for a hostile page.
"""
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
    """The author's text, from the plain part or else the HTML one; `above` are the quote marks of
    ours.
    """
    own = cut(text, above)
    return own or (cut(without_markup(html), above) if html else "")


def cut(text: str, above: tuple[str, ...] = ()) -> str:
    """The text without quoted messages and without a signature after `-- `."""
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
    """Whether a quoted message begins at this line; its headline may be broken over two lines."""
    line = lines[number]
    following = lines[number + 1] if number + 1 < len(lines) else ""
    if BEGINS_QUOTE.match(line) or BEGINS_QUOTE.match(f"{line} {following.strip()}"):
        return bool(number + 1 < len(lines))
    return bool(SENDER_LINE.match(line) and SENT_LINE.match(following))


def without_markup(html: str) -> str:
    """The text of an HTML page, one paragraph a line; without scripts, styles and quotes."""
    words: list[str] = []
    quoting, depth = "", 0
    for token in MARKUP.finditer(html):
        if token["words"] and not depth:
            words.append(re.sub(r"\s+", " ", unescape(token["words"])))
        if token["name"] is None:
            continue
        tag = token["name"].lower()
        words += ["\n"] if tag in BREAKS else []
        if depth and tag == quoting:
            depth += -1 if token["end"] else 1
        elif not depth and not token["end"] and tag not in VOID and _quotes(tag, token["rest"]):
            quoting, depth = tag, 1
    lines = (line.strip() for line in "".join(words).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _quotes(tag: str, attributes: str) -> bool:
    return tag == "blockquote" or bool(QUOTING_CLASS.search(attributes))
