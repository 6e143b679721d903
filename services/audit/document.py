"""A document to be set as HTML or as PDF: sections of paragraphs and tables. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with its caption; the first column heads its row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with paragraphs and tables."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What a report of a record says; `checkpoint` is printed as it was signed."""

    title: str
    agency: str
    zone: str
    through: int
    sections: tuple[Section, ...]
    checkpoint: str
