"""Dated rules of keeping, erasing and giving out: checked as a whole, applied by the day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from services.agency.loader import ProfileError, load_profile
from services.agency.retention import HolidaysUnknownError
from services.agency.retention_loader import FILE, load_retention
from tests.unit.agency.conftest import AGENCIES

if TYPE_CHECKING:
    from pathlib import Path

    from services.agency.retention import Retention

TODAY = date(2026, 3, 1)


def loaded(directory: Path) -> Retention:
    return load_retention(directory, load_profile(directory).known_types)


@pytest.fixture(scope="module")
def rules() -> Retention:
    return loaded(AGENCIES / "chesterfield")


@pytest.mark.parametrize("agency", ["chesterfield", "lakeside"])
def test_every_agency_has_rules(agency: str) -> None:
    assert "retention" in loaded(AGENCIES / agency).codes("erase", TODAY)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("keep_days = 14", 'keep_days = "x"', ":25: schedule.0.keep_days: "),
        ("keep_days = 70", "keep_dys = 70", ":33: schedule.1.keep_dys: "),
        ("keep_days = 70\n", "", ":28: schedule.1.keep_days: Field required"),
        ('["swan"]', '["swam"]', ':26: schedule.0.types: unknown type "swam"'),
        ("until = 2026-01-01", "until = 2018-01-01", ":19: schedule.0: until is not after"),
        ('code = "everything"', 'code = "swans"', ':32: schedule.1.since: "swans" is in force tw'),
        ('"retention"', '"retain"', ':5: bases: no basis "retention"'),
        ('allows = ["erase"]', 'allows = ["burn"]', ":17: bases.1.allows.0: "),
        ("backups_kept_days = 7", "backups_kept_days = -1", ":2: backups_kept_days: "),
        ("known_through = 2026-12-31", 'known_through = "soon"', ":51: holidays.known_through: "),
        ("[[bases]]", "[[bases]", ": (whole file): "),
    ],
)
def test_a_mistake_is_told_with_file_and_line(
    a_copy_of_lakeside: Path, old: str, new: str, told: str
) -> None:
    path = a_copy_of_lakeside / FILE
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ProfileError) as caught:
        loaded(a_copy_of_lakeside)
    assert any(one.startswith(f"{FILE}{told}") for one in caught.value.problems), caught.value


def test_a_missing_file_is_a_mistake(a_copy_of_lakeside: Path) -> None:
    (a_copy_of_lakeside / FILE).unlink()
    with pytest.raises(ProfileError, match="No such file"):
        loaded(a_copy_of_lakeside)


@pytest.mark.parametrize(
    ("type_", "outcome", "rule"),
    [
        ("suspicious-person", "kept-for-statistics", "suspicious-information-only"),
        ("suspicious-person", "resolved", "offence-reports"),
        ("theft", "kept-for-statistics", "information-only"),
        ("barking-dog", "resolved", "non-criminal"),
        ("theft", "resolved", "offence-reports"),
    ],
)
def test_the_first_rule_that_applies_counts(
    rules: Retention, type_: str, outcome: str, rule: str
) -> None:
    due = rules.due(type_, outcome, date(2026, 1, 1), TODAY)
    assert due is not None
    assert due.rule.code == rule


def test_a_rule_counts_only_while_it_is_in_force() -> None:
    lakeside = loaded(AGENCIES / "lakeside")
    days = (date(2025, 12, 31), date(2026, 1, 1))
    due = [lakeside.due("swan", "resolved", date(2025, 12, 1), day) for day in days]
    assert [each and each.on for each in due] == [date(2025, 12, 15), date(2026, 2, 9)]


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 3, 2), date(2026, 3, 9)),  # a Monday
        (date(2026, 3, 7), date(2026, 3, 13)),  # a Saturday
        (date(2026, 11, 24), date(2026, 12, 3)),  # Thanksgiving and the day after
        (date(2026, 12, 30), date(2027, 1, 7)),  # over the new year
    ],
)
def test_business_days_leave_out_week_ends_and_holidays(
    rules: Retention, received: date, due: date
) -> None:
    clock = rules.clock(received)
    assert clock is not None
    assert rules.after_business_days(received, clock.answer_business_days) == due


def test_nobody_guesses_at_holidays_that_are_not_known(rules: Retention) -> None:
    with pytest.raises(HolidaysUnknownError):
        rules.after_business_days(date(2027, 12, 30), 5)
