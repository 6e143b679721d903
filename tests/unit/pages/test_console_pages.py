"""The console's pages: what the board leads with, and which commands a record offers to whom."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from events.casework import Disposition
from services.runtime.identity import CASE_WORKERS, REVIEWERS, Role
from tests.unit.pages import replays, samples
from tests.unit.pages.document import Document

RENDERED = samples.every_page("a text")
REVIEWS = {"accept", "return", "assign", "keep-for-statistics"}
WORK = {"note", "resolve"}


def record(**changes: Any) -> Document:
    """The page of a record."""
    values = samples.timeline("a text", **changes)
    return Document(samples.STAFF.fragment("timeline.html", **values))


def verbs(document: Document) -> set[str]:
    """The commands a record's page offers."""
    actions = [form["action"] for form in document.all("form")]
    return {a.rpartition("/")[2] for a in actions if a.startswith("/console/calls/")}


def test_fifty_rows_stay_under_60_kilobytes() -> None:
    values = samples.board_values("an-ordinary-report-type", rows=50)
    html = samples.STAFF.fragment("board_fragment.html", **values)
    assert len(html.encode()) < 60_000


def test_links_on_the_board_keep_their_ids_so_that_focus_is_kept() -> None:
    document = Document(RENDERED["board"])
    links = [link for link in document.all("a") if any(e["id"] == "board" for e in link.within)]
    assert all(link["id"] for link in links)
    assert "/console/calls/618-033-994" in [link["href"] for link in links]


def test_waiting_emergencies_come_first_and_only_if_there_are_any() -> None:
    busy, empty = (
        next(
            e for e in Document(RENDERED[name]).all("h2") if "board" in [o["id"] for o in e.within]
        )
        for name in ("board", "board, empty")
    )
    assert busy.words == "Emergency transfers waiting: 2"
    assert empty.words == "Nothing has been reported yet"


def test_an_empty_board_says_what_to_do_next() -> None:
    steps = [step.words for step in Document(RENDERED["board, empty"]).all("li")][-3:]
    assert steps[0].startswith("File a report")
    assert "blotter demo" in steps[1]
    assert "blotter publish" in steps[2]


@pytest.mark.parametrize("role", list(Role))
def test_a_record_offers_what_the_role_may_do(role: Role) -> None:
    expected = (REVIEWS if role in REVIEWERS else set()) | (WORK if role in CASE_WORKERS else set())
    assert verbs(record(identity=samples.identity(role), openable=[])) == expected


def test_every_command_carries_the_token_and_the_version() -> None:
    document = record(openable=[])
    for form in document.all("form")[1:]:
        hidden = [e for e in document.all("input") if form in e.within and e["type"] == "hidden"]
        assert {e["name"]: e["value"] for e in hidden} == {"csrf": "a-csrf-token", "version": "3"}


def test_a_token_has_no_forms_to_sign_out_with() -> None:
    document = record(identity=samples.identity(csrf=None))
    assert "csrf" not in [each["name"] for each in document.all("input")]
    assert "/console/sign-out" not in [form["action"] for form in document.all("form")]


def test_a_closed_call_takes_only_notes() -> None:
    row = samples.case_row("theft") | {"status": "resolved", "dispositions": ["report-taken"]}
    document = record(row=row)
    assert verbs(document) == {"note", "reveal"}
    assert "report taken" in document.all("main")[0].words


def test_the_dispositions_are_those_of_the_events() -> None:
    document = record()
    offered = [
        option["value"]
        for option in document.all("option")
        if any(outer["id"] == "disposition" for outer in option.within)
    ]
    assert offered == ["", *get_args(Disposition)]


def test_a_replay_says_of_which_report_a_change_is_and_what_is_not_known_yet() -> None:
    values = replays.replayed("a text", 2)
    document = Document(
        samples.STAFF.fragment("replay.html", identity=samples.identity(), **values)
    )
    fields = [th.words for th in document.all("th") if th["data-label"] == "Field"]
    assert f"Report {replays.NUMBER}: call id" in fields
    assert "Call for service: status" in fields
    later = [item for item in document.all("li") if item["class"] == "later"]
    assert len(later) == 2
    hidden = [tag for tag in document.all("b") if tag["class"] == "tag not-yet"]
    assert ["hidden" in tag.attributes for tag in hidden] == [True, True, False, False]
