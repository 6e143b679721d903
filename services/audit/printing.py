"""Sets a document as HTML for any browser or as PDF: the same document in the same bytes."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from xml.sax.saxutils import escape

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.audit.document import Document, Grid, Section

Format = Literal["html", "pdf"]
MEDIA_TYPES = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
TEMPLATES = Path(__file__).parent / "templates"
FONT, BOLD = "Vera", "VeraBd"
"""They come with reportlab, as files to be embedded: a PDF shows the same everywhere."""
MARGIN_POINTS = 50
SIZE_POINTS = 9
TOGETHER_POINTS = 90
"""A heading does not stand alone at the foot of a page."""


def printed(document: Document, form: Format) -> bytes:
    """The document as a file."""
    return html(document) if form == "html" else pdf(document)


def html(document: Document) -> bytes:
    """One file without anything to be fetched; it is the form for a screen reader."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=select_autoescape(default=True, default_for_string=True),
    )
    return environment.get_template("report.html").render(document=document).encode()


def pdf(document: Document, *, compressed: bool = True) -> bytes:
    """A4, text that can be selected and searched."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    file = BytesIO()
    template = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=MARGIN_POINTS,
        rightMargin=MARGIN_POINTS,
        topMargin=MARGIN_POINTS,
        bottomMargin=MARGIN_POINTS,
        title=document.title,
        author=document.agency,
        subject=f"as of ledger position {document.through}",
        lang="en",
        invariant=1,
        pageCompression=int(compressed),
    )

    def numbered(canvas: Any, _: Any) -> None:
        canvas.setFont(FONT, 7)
        place = f"as of ledger position {document.through} · page {canvas.getPageNumber()}"
        canvas.drawString(MARGIN_POINTS, MARGIN_POINTS / 2, f"{document.title} · {place}")

    story = list(_story(document, _styles(), template.width))
    template.build(story, onFirstPage=numbered, onLaterPages=numbered)
    return file.getvalue()


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    for name in (FONT, BOLD):
        registerFont(TTFont(name, f"{name}.ttf"))
    text = ParagraphStyle("text", fontName=FONT, fontSize=SIZE_POINTS, leading=13, spaceAfter=5)
    return {
        "text": text,
        "cell": ParagraphStyle("cell", text, fontSize=8, leading=11, spaceAfter=0),
        "head": ParagraphStyle("head", text, fontName=BOLD, fontSize=8, leading=11, spaceAfter=0),
        "caption": ParagraphStyle("caption", text, fontName=BOLD, spaceBefore=4),
        "h1": ParagraphStyle("h1", text, fontName=BOLD, fontSize=16, leading=20),
        "h2": ParagraphStyle("h2", text, fontName=BOLD, fontSize=12, leading=16, spaceBefore=10),
    }


def _story(document: Document, styles: dict[str, Any], width: float) -> Iterator[Any]:
    from reportlab.platypus import Paragraph

    def text(style: str, words: str) -> Paragraph:
        return Paragraph(escape(words), styles[style])

    yield text("h1", document.title)
    yield text(
        "text",
        f"{document.agency}. Times are those of {document.zone}. As of ledger position"
        f" {document.through}; personal values are not shown.",
    )
    for section in document.sections:
        yield from _section(section, styles, width)
    yield text("h2", "The signed checkpoint")
    for line in document.checkpoint.splitlines():
        yield text("cell", line)


def _section(section: Section, styles: dict[str, Any], width: float) -> Iterator[Any]:
    from reportlab.platypus import CondPageBreak, Paragraph

    yield CondPageBreak(TOGETHER_POINTS)
    yield Paragraph(escape(section.heading), styles["h2"])
    for words in section.paragraphs:
        yield Paragraph(escape(words), styles["text"])
    for grid in section.grids:
        yield CondPageBreak(TOGETHER_POINTS)
        yield Paragraph(escape(grid.caption), styles["caption"])
        yield _table(grid, styles, width)


def _table(grid: Grid, styles: dict[str, Any], width: float) -> Any:
    from reportlab.lib.colors import grey
    from reportlab.platypus import LongTable, Paragraph

    rows = [
        [Paragraph(escape(cell), styles["head" if top else "cell"]) for cell in row]
        for top, row in [(True, grid.columns), *((False, row) for row in grid.rows)]
    ]
    shares = {2: (1, 3), 3: (1, 2, 3), 4: (2, 4, 2, 1)}[len(grid.columns)]
    widths = [width * share / sum(shares) for share in shares]
    table = LongTable(rows, colWidths=widths, repeatRows=1, hAlign="LEFT", spaceAfter=8)
    table.setStyle(
        [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEABOVE", (0, 0), (-1, -1), 0.25, grey)]
    )
    return table
