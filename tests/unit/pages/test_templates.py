"""What is promised of every page: nothing unescaped, nothing unlabelled, nothing from elsewhere."""

from __future__ import annotations

import re

import pytest

from services.runtime import pages as runtime_pages
from services.runtime.identity import Role
from tests.unit.pages import samples
from tests.unit.pages.document import Document

HOSTILE = """<script>alert("1")</script>'"><img src=x onerror=alert(2)>{{ 7*7 }}&amp;"""
STATIC = runtime_pages.HERE / "static"
FOLDERS = (
    samples.INTAKE,
    samples.CONSOLE,
    runtime_pages.HERE / "templates",
)
SHARED = {"base.html", "console.html", "emergency_lines.html", "site.html", "words.html"} | {
    "report_follow.html",
    "reveal.html",
    "told_since.html",
    "who_read.html",
    "answer_words.html",
}
RENDERED = samples.every_page(HOSTILE)


@pytest.fixture(params=RENDERED, ids=str)
def page(request: pytest.FixtureRequest) -> Document:
    """Every page in every state, full of hostile text."""
    return Document(RENDERED[request.param])


def test_every_template_is_looked_at_here() -> None:
    templates = {path.name for folder in FOLDERS for path in folder.glob("*.html")}
    assert templates - SHARED == samples.templates_shown()


@pytest.mark.parametrize(
    "name",
    [
        "form, refused",
        "filed, divert",
        "status",
        "board",
        "timeline",
        "sign-in",
        "rebuilds",
        "comparison",
        "replay",
        "answers, refused",
        "inquiry, answered",
        "yours",
        "question",
        "answer, console",
        "triage",
        "rehearsal",
    ],
)
def test_stored_markup_is_shown_and_never_run(name: str) -> None:
    document = Document(RENDERED[name])
    assert HOSTILE in document.elements[0].words
    assert not document.all("img")
    scripts = [script["src"] for script in document.all("script")]
    assert scripts in ([], ["/static/live.js"], ["/static/replay.js"])


def test_only_the_rendered_board_is_trusted() -> None:
    for path in (path for folder in FOLDERS for path in folder.glob("*.html")):
        trusted = re.findall(r"\{\{[^}]*\|\s*safe[^}]*\}\}|autoescape|Markup", path.read_text())
        expected = ["{{ board|safe }}"] if path.name in ("board.html", "rebuilds.html") else []
        assert trusted == expected


def test_no_script_or_style_in_the_page(page: Document) -> None:
    assert not page.all("style", "iframe", "object", "base")
    for element in page.elements:
        assert not [name for name in element.attributes if name == "style" or name.startswith("on")]
        assert element.tag != "script" or (element["src"] and not element.words)


def test_nothing_is_loaded_from_elsewhere(page: Document) -> None:
    for element in page.elements:
        for name in {"href", "src", "action", "formaction", "data-live"} & set(element.attributes):
            assert re.match(r"/(?!/)|#|tel:|sms:", element[name]), element.attributes
    assert [link["href"] for link in page.all("link")] == [
        "/static/favicon.svg",
        "/static/style.css",
    ]


def test_nothing_is_loaded_by_the_style_sheet_or_the_script() -> None:
    style = (STATIC / "style.css").read_text()
    assert not re.search(r"url\(|@import|https?:|data:", style)
    for script in STATIC.glob("*.js"):
        assert not re.search(r"https?:|import\b|eval|Function\(", script.read_text())


def test_no_script_has_more_than_60_lines() -> None:
    for script in STATIC.glob("*.js"):
        assert len(script.read_text().splitlines()) <= 60


def test_every_control_has_a_label(page: Document) -> None:
    labelled = {label["for"] for label in page.all("label")}
    for control in page.controls():
        assert control["id"] in labelled - {""} or control.inside("label"), control.attributes
        if control["type"] == "radio":
            assert control.inside("fieldset")
    for fieldset in page.all("fieldset"):
        legends = [each for each in page.all("legend") if fieldset in each.within]
        assert [bool(legend.words) for legend in legends] == [True]


def test_every_table_has_a_caption_and_every_cell_a_heading(page: Document) -> None:
    for table in page.all("table"):
        captions = [c.words for c in page.all("caption") if table in c.within]
        assert [bool(words) for words in captions] == [True]
        assert all(cell["scope"] in ("col", "row") for cell in page.all("th"))
        columns = [th.words for th in page.all("th") if table in th.within and th.inside("thead")]
        body = [e for e in page.all("th", "td") if table in e.within and e.inside("tbody")]
        cells = [cell["data-label"] for cell in body if not cell["colspan"]]
        assert cells == columns * (len(cells) // len(columns))


def test_every_reference_within_the_page_leads_somewhere(page: Document) -> None:
    ids = page.ids()
    assert len(ids) == len(set(ids))
    for element in page.elements:
        for name in ("for", "aria-labelledby", "aria-describedby"):
            assert name not in element.attributes or element[name] in ids, element.attributes
        if element["href"].startswith("#"):
            assert element["href"][1:] in ids


def test_every_page_has_a_language_a_title_one_first_heading_and_the_banner(page: Document) -> None:
    spanish = page.all("html")[0]["lang"] == "es"
    assert spanish or page.all("html")[0]["lang"] == "en"
    assert page.all("title")[0].words.endswith("· Chesterfield County Police Department")
    assert len(page.all("h1")) == 1
    banner = page.all("aside")[0].words
    said = (
        "Demostración, no es la policía. Emergencia:"
        if spanish
        else "Demonstration, not the police. Emergency:"
    )
    assert banner == f"{said} 9-1-1"
    assert page.all("a")[0].attributes == {"class": "skip", "href": "#main"}


def test_a_live_agency_shows_no_demonstration_banner() -> None:
    live = runtime_pages.Pages(
        samples.CONSOLE,
        agency="Lakeside",
        live=True,
        zone=samples.ZONE,
        lines=samples.PILOT.emergency,
    )
    html = live.fragment("sign_in.html", roles=list(Role), possible=True, error=None)
    assert "Demonstration" not in html
