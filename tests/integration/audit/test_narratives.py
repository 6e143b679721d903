"""A record in plain words: nothing personal in it, and the same for the same position."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from events.casework import CaseAssigned, CaseNumberIssued, CaseResolved, CaseReviewed
from events.subjects import SubjectErased, SubjectSealed
from services.agency.loader import load_profile
from services.audit.narrative import narrative
from services.audit.printing import html, pdf
from services.audit.proven_record import NotYetError, known
from services.audit.refusals import UnknownNumberError
from services.ledger.proofs.signing import Log
from services.runtime.keyring import Keyring
from tests.integration.projections.random_histories import (
    BEGIN,
    KEY,
    SECRETS,
    SPACE,
    History,
    caught_up,
    note,
    random_history,
    stored,
)

if TYPE_CHECKING:
    from services.audit.document import Document
    from services.runtime.database import Connection

PROFILE = load_profile(Path(__file__).parents[3] / "deploy" / "agency" / "lakeside")
LOG = Log(Keyring(KEY), "blotter/test")
NUMBER, JOINED, OTHER = "400-000-001", "400-000-002", "400-000-003"


def a_worked_case() -> History:
    """Two reports of one incident, reviewed, assigned, noted, read, resolved; and another call."""
    history = random_history(0, steps=0)
    history.filed(NUMBER, type="vandalism")
    history.filed(OTHER)
    history.filed(JOINED, anchor=NUMBER)
    history.on_call(NUMBER, CaseReviewed(outcome="accepted"))
    history.on_call(NUMBER, CaseNumberIssued(case_number="26-000777"))
    history.on_call(NUMBER, CaseAssigned(officer="officer-<7>", desk="property"))
    history.on_call(NUMBER, note(history, NUMBER))
    history.read(NUMBER, who="auditor-9")
    history.on_call(NUMBER, CaseResolved(dispositions=("cleared", "referred")))
    return history


async def told(connection: Connection, number: str, through: int | None = None) -> Document:
    return narrative(await known(connection, LOG, number, through, BEGIN), PROFILE)


async def test_a_case_is_told_in_order_by_any_of_its_numbers(projections: Connection) -> None:
    await stored(projections, a_worked_case().events)
    await caught_up(projections)
    texts = [html(await told(projections, each)).decode() for each in (NUMBER, JOINED, "26-000777")]
    for text in texts:
        words = [
            f"Report {NUMBER} was received",
            f"Report {JOINED} was received",
            "assessed as vandalism",
            "Reasons for the decision",
            "accepted it for investigation",
            "became case 26-000777",
            "assigned to officer-&lt;7&gt;",
            "A note was written",
            "It was resolved: cleared, referred",
            "auditor-9 (auditor) through api",
            "As of ledger position</th>",
            "<pre>blotter/test",
        ]
        places = [text.find(each) for each in words]
        assert -1 not in places, words[places.index(-1)]
        assert places == sorted(places)
        assert OTHER not in text


async def test_nothing_personal_is_in_it(projections: Connection) -> None:
    history = random_history(6)
    await stored(projections, history.events)
    await caught_up(projections)
    for number in history.reports:
        document = await told(projections, number)
        page, file = html(document).decode(), pdf(document, compressed=False).decode("latin-1")
        for secret in SECRETS:
            assert secret not in page
            assert not all(word in file for word in secret.split())


async def test_it_is_the_same_for_the_same_position_whatever_happened_later(
    projections: Connection,
) -> None:
    history = a_worked_case()
    through = len(history.events) - 1
    await stored(projections, history.events)
    await caught_up(projections)
    before = await told(projections, NUMBER)
    assert before.through == through
    later = len(history.events)
    history.filed("400-000-004", anchor=NUMBER)
    history.on_subject(NUMBER, SubjectSealed(report_number=NUMBER, basis="court"))
    erased = SubjectErased(
        request_id=SPACE,
        report_number=NUMBER,
        basis="expired",
        requested_by="a",
        approved_by="b",
        keys=(),
    )
    history.on_subject(NUMBER, erased)
    history.read(NUMBER)
    await stored(projections, history.events[later:])
    await caught_up(projections)
    again = await told(projections, NUMBER, through)
    assert (html(again), pdf(again)) == (html(before), pdf(before))
    now = html(await told(projections, NUMBER)).decode()
    assert f"The personal data of report {NUMBER} was erased." in now
    assert "400-000-004" in now


async def test_as_of_a_position_before_it_joined_a_report_stands_alone(
    projections: Connection,
) -> None:
    history = a_worked_case()
    await stored(projections, history.events)
    await caught_up(projections)
    joined = next(
        at
        for at, each in enumerate(history.events)
        if each.stream_id.endswith(str(history.reports[JOINED]))
    )
    text = html(await told(projections, JOINED, joined)).decode()
    assert JOINED in text
    assert NUMBER not in text
    assert "Not yet assessed" in text
    with pytest.raises(UnknownNumberError):
        await told(projections, JOINED, joined - 1)
    with pytest.raises(UnknownNumberError):
        await told(projections, "26-000777", joined)


async def test_what_is_not_known_yet_is_not_told(projections: Connection) -> None:
    history = a_worked_case()
    await stored(projections, history.events)
    with pytest.raises(NotYetError):
        await told(projections, NUMBER, 3)
    await caught_up(projections)
    with pytest.raises(NotYetError):
        await told(projections, NUMBER, len(history.events))


async def test_the_page_can_be_read_aloud(projections: Connection) -> None:
    await stored(projections, a_worked_case().events)
    await caught_up(projections)
    found = _Tags()
    found.feed(html(await told(projections, NUMBER)).decode())
    assert found.tags.count("h1") == 1
    assert found.tags.count("table") == found.tags.count("caption") > 3
    assert found.language == "en"
    assert not {"script", "link", "img"} & set(found.tags)


async def test_the_pdf_holds_the_text(projections: Connection) -> None:
    await stored(projections, a_worked_case().events)
    await caught_up(projections)
    document = await told(projections, NUMBER)
    file = pdf(document, compressed=False)
    assert file.startswith(b"%PDF-")
    for words in (NUMBER, "accepted it for investigation", "26-000777", "As of ledger position"):
        assert words.encode() in file, words
    assert b"/Lang (en)" in file
    assert len(pdf(document)) < len(file)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.language: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "html":
            self.language = dict(attrs).get("lang")
