"""Reading a posted form: nothing usable is lost, no emergency overlooked, no key kept."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.submission import Submission, read_submission
from services.intake.open311.filters import MOST, SPAN, read_wanted
from services.intake.open311.forms import read_form, salvage, to_body
from services.intake.open311.refusals import Open311Error

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
NAMES = st.sampled_from(
    [
        "service_code",
        "lat",
        "long",
        "description",
        "attribute[weapon]",
        "attribute[weapon][]",
        "attribute[occurred_from]",
        "attribute[x][]",
        "attribute[",
        "contact",
        "safety",
        "purpose",
        "type",
        "page",
        "page_size",
        "start_date",
        "end_date",
        "status",
        "service_request_id",
    ]
) | st.text(max_size=8)
VALUES = st.text(max_size=12) | st.sampled_from(["nan", "1e999", "yes", "2026-01-01", "9999-12-31"])
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=8)


def read(*fields: tuple[str, str]) -> Submission:
    form = read_form(urlencode(fields).encode())
    return read_submission(to_body(form), frozenset({"noise"}), ZONE, NOW)


@given(
    st.binary(max_size=200)
    | FIELDS.map(lambda fields: urlencode(fields, errors="replace").encode())
)
def test_no_bytes_can_break_the_reading(raw: bytes) -> None:
    read_submission(to_body(read_form(raw)), frozenset({"noise"}), ZONE, NOW)
    salvage(raw)


def test_the_key_is_no_part_of_the_report() -> None:
    found = read(("api_key", "o311_secret"), ("description", "x"), ("media_url", "http://x/y.jpg"))
    assert "o311_secret" not in str(found)
    assert found.kept_as_given == {"open311": {"media_url": "http://x/y.jpg"}}


def test_a_field_named_as_one_of_ours_does_not_become_it() -> None:
    found = read(("purpose", "exercise"), ("safety", "x"), ("description", "x"))
    assert found.purpose == "live"


@pytest.mark.parametrize("name", ["attribute[weapon]", "attribute[weapon][]"])
@pytest.mark.parametrize("answers", [["yes", "no"], ["no", "YES"], ["unsure", "yes", "?"]])
def test_of_several_answers_the_most_dangerous_counts(name: str, answers: list[str]) -> None:
    assert read(*((name, each) for each in answers)).safety.weapon == "yes"


@pytest.mark.parametrize(
    "raw",
    [
        b"attribute%5Bweapon%5D=yes&x",
        b"attribute[weapon]=YES",
        b'{"weapon": "yes"}',
        b"&" * 40_000 + b"attribute[weapon][]=yes",
    ],
)
def test_a_yes_is_found_in_bytes_that_are_no_readable_form(raw: bytes) -> None:
    assert salvage(raw).weapon == "yes"


@given(FIELDS)
def test_any_filter_is_read_within_the_standards_limits_or_refused(
    query: list[tuple[str, str]],
) -> None:
    try:
        wanted = read_wanted(query, ZONE, NOW)
    except Open311Error:
        return
    assert wanted.start <= wanted.end
    assert wanted.end - wanted.start <= SPAN
    assert 1 <= wanted.page.size <= MOST
    assert wanted.page.skipped >= 0
    assert wanted.numbers is None or len(wanted.numbers) <= MOST
