"""The public site's part of a profile: complete in every language, every mistake with its line."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from services.agency.loader import ProfileError, load_profile
from services.agency.site_loader import load_site
from services.agency.translating import in_language
from services.agency.which_number import telephone_uri, which_number
from services.cli.agency import check
from services.intake.site.profile_check import problems_of
from tests.unit.agency.conftest import AGENCIES
from tests.unit.agency.test_loader import spoil

if TYPE_CHECKING:
    from pathlib import Path

    from services.agency.profile import AgencyProfile


@pytest.fixture
def a_copy_of_the_pilot(tmp_path: Path) -> Path:
    """A directory to spoil."""
    return shutil.copytree(AGENCIES / "chesterfield", tmp_path / "pilot")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("types.toml", '"light-fault"', '"lamp"', 'unknown question "lamp"'),
        ("types.toml", 'safety = "short"', 'safety = "shrt"', "unknown set of safety questions"),
        ("types.toml", 'group = "fraud"', 'group = "frod"', '"frod" has no name in site.toml'),
        ("questions.toml", 'short = ["any-danger"]', 'short = ["weapon"]', "asks nobody about"),
        ("questions.toml", '["weapon"]', '["wepon"]', '"wepon" is none of'),
        ("questions.toml", "public = true", "pubic = true", "Extra inputs"),
        ("questions.toml", 'kind = "choice"', 'kind = "long"', "options belong to a choice"),
        ("site.toml", 'non_emergency = "e', 'non_emergency = "x', "no partner"),
        ("site.toml", "08:30-17:00", "8.30-17", "days.monday"),
        ("site.toml", "https://www.weather", "http://www.weather", "leave_to"),
        ("site.toml", "leave_to", "languages = 3\nleave_to", "(whole file)"),
        ("answers.toml", "since = 2026-01-01", "until = 2025-01-01\nsince = 2026-01-01", "not aft"),
        ("answers.toml", 'subject = "disorder"', 'subject = "order"', '"order" has no name in'),
        ("texts.es.toml", 'crash = "Choque sin heridos"\n', "", '"crash" is not translated'),
        ("texts.es.toml", ', other = "Otra cosa" } }', " } }", '"other" is not translated'),
        ("texts.es.toml", 'theft = "', 'theff = "', "there is no such id"),
        ("texts.es.toml", "headline = ", "# headline = ", "emergency.headline"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(
    a_copy_of_the_pilot: Path, file: str, old: str, new: str, told: str
) -> None:
    spoil(a_copy_of_the_pilot, file, old, new)
    problems = problems_of(a_copy_of_the_pilot)
    found = [one for one in problems if told in one]
    assert found, problems
    assert int(found[0].split(":")[1]) >= 1


def test_the_line_is_that_of_the_mistake(a_copy_of_the_pilot: Path) -> None:
    path = a_copy_of_the_pilot / "types.toml"
    line = path.read_text().partition('questions = ["where", "light-fault"]')[0].count("\n") + 1
    spoil(a_copy_of_the_pilot, "types.toml", '"light-fault"', '"lamp"')
    assert problems_of(a_copy_of_the_pilot) == [
        f'types.toml:{line}: types.street-light.questions: unknown question "lamp"'
    ]


def test_silence_is_looked_at_by_a_desk_that_exists(a_copy_of_the_pilot: Path) -> None:
    spoil(a_copy_of_the_pilot, "site.toml", '60, desk = "telephone', '60, desk = "tele')
    (told,) = problems_of(a_copy_of_the_pilot)
    assert told.endswith('silence.email.confirm.desk: unknown desk "tele-reporting-unit"')


def test_a_missing_translation_file_is_a_mistake(a_copy_of_the_pilot: Path) -> None:
    (a_copy_of_the_pilot / "texts.es.toml").unlink()
    with pytest.raises(ProfileError, match=r"texts\.es\.toml:1: \(whole file\)"):
        load_site(a_copy_of_the_pilot, load_profile(a_copy_of_the_pilot))


def test_a_language_of_its_own_needs_the_site_s_words(a_copy_of_the_pilot: Path) -> None:
    spoil(a_copy_of_the_pilot, "site.toml", 'es = "Español"', 'fr = "Français"')
    (a_copy_of_the_pilot / "texts.es.toml").rename(a_copy_of_the_pilot / "texts.fr.toml")
    (told,) = problems_of(a_copy_of_the_pilot)
    assert told.startswith("texts.fr.toml:1: words: the site has no fr words for answers.all")


@pytest.mark.parametrize("agency", ["chesterfield", "lakeside"])
def test_the_profiles_that_ship_are_usable(agency: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(AGENCIES / agency, json=True) == 0
    assert capsys.readouterr().out == '{"usable":true,"problems":[]}\n'


def test_the_check_says_what_it_found_by_its_exit_code(
    a_copy_of_the_pilot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(a_copy_of_the_pilot, "types.toml", '"light-fault"', '"lamp"')
    assert check(a_copy_of_the_pilot) == 1
    assert capsys.readouterr().out.startswith("types.toml:")
    assert check(a_copy_of_the_pilot, json=True) == 1
    assert '"file":"types.toml","line":' in capsys.readouterr().out
    assert check(a_copy_of_the_pilot / "nowhere") == 2


def test_every_type_has_a_number_and_stays_in_one_row(pilot: AgencyProfile) -> None:
    rows = which_number(pilot, load_site(AGENCIES / "chesterfield", pilot))
    told = [known.id for row in rows for known in row.types]
    assert sorted(told) == sorted(pilot.known_types - {pilot.unknown_type})
    of = {known.id: row for row in rows for known in row.types}
    assert of["barking-dog"].telephone == "804-748-1500"
    assert of["theft"].emergency_while_it_lasts
    assert not of["noise"].emergency_while_it_lasts
    assert of["road"].partner == "vdot"


def test_telephones_can_be_touched() -> None:
    assert telephone_uri("804-748-1251") == "tel:804-748-1251"
    assert telephone_uri("067 000 1234") == "tel:067-000-1234"


def test_hours_are_those_of_the_agency(pilot: AgencyProfile) -> None:
    hours = load_site(AGENCIES / "chesterfield", pilot).hours
    monday = datetime(2026, 3, 2, 8, 30, tzinfo=pilot.zone)
    assert hours["office"].open_at(monday)
    assert not hours["office"].open_at(monday.replace(hour=17, minute=0))
    assert not hours["office"].open_at(monday.replace(day=1))
    assert hours["always"].open_at(monday.replace(day=1, hour=3))


def test_a_translated_site_keeps_every_number(pilot: AgencyProfile) -> None:
    spanish = in_language(pilot, load_site(AGENCIES / "chesterfield", pilot), "es")
    assert spanish.emergency.telephone.uri == "tel:911"
    assert spanish.emergency.headline == "Llame al 9-1-1 ahora"
    assert spanish.questions["light-fault"].public
    assert list(spanish.types) == list(pilot.types)
