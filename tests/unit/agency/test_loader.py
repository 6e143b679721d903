"""A profile is checked as a whole, and what is wrong is said with file and key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from services.agency.loader import FILES, ProfileError, load_profile

if TYPE_CHECKING:
    from pathlib import Path


def spoil(directory: Path, file: str, old: str, new: str) -> None:
    """Replace the first `old` in a file of the profile."""
    path = directory / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def problems(directory: Path) -> tuple[str, ...]:
    with pytest.raises(ProfileError) as caught:
        load_profile(directory)
    for problem in caught.value.problems:
        assert problem in str(caught.value)
    return caught.value.problems


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("types.toml", '"wardens"', '"patrl"', 'types.noise.desk: unknown desk "patrl"'),
        ("types.toml", "severity = 3", "severity = 6", "types.boat-adrift.severity: "),
        ("types.toml", "urgency = 4\n", "", "types.noise.urgency: Field required"),
        ("types.toml", "severity", "sevrity", "types.boat-adrift.sevrity: "),
        ("types.toml", 'in_progress = "divert"\n', "", "types.boat-adrift.in_progress: "),
        ("types.toml", '"divert"', '"maybe"', "types.boat-adrift.in_progress: "),
        ("types.toml", '"swan"', '"!"', "types.swan.keywords.0: "),
        ("types.toml", "[types.swan]", "[types.noise]", "(whole file): "),
        ("types.toml", "[types.swan]", "[tpes.swan]", "tpes: unknown key"),
        ("types.toml", "[types.swan]", '[types."A swan"]', "types.A swan.id: "),
        ("desks.toml", "label = ", "labl = ", "desks.wardens.labl: "),
        ("profile.toml", '"other"', '"none"', 'unknown_type: unknown type "none"'),
        ("profile.toml", "Dublin", "Dubln", 'timezone: unknown time zone "Europe/Du'),
        ("profile.toml", "confirm = ", "cnfirm = ", "emergency.confirm: Field required"),
        ("profile.toml", "tel:112", "call 112", "emergency.telephone.uri: "),
        ("profile.toml", "live = ", "desks = ", "desks: not given here"),
        ("profile.toml", "live = false", "live = ", "(whole file): "),
        (
            "districts.geojson",
            "west-shore",
            "east-shore",
            'features.1.properties.id: "east-shore" is there twice',
        ),
        ("districts.geojson", "[-7.9, 53.0]", "[-790, 53.0]", "features.0.geometry"),
        ("districts.geojson", "[-7.9, 53.0]", '"x"', "features.0.geometry: "),
        ("districts.geojson", "[-7.9, 53.1]", "[-8.05, 53.05]", "features.0.geo"),
        ("districts.geojson", '"Polygon"', '"Point"', "features.0.geometry.type"),
        ("districts.geojson", "{", "", "(whole file): not JSON"),
    ],
)
def test_a_mistake_is_told_with_file_and_key(
    a_copy_of_lakeside: Path, file: str, old: str, new: str, told: str
) -> None:
    spoil(a_copy_of_lakeside, file, old, new)
    line = re.compile(rf"{re.escape(file)}:\d+: {re.escape(told)}")
    assert any(line.match(one) for one in problems(a_copy_of_lakeside))


def test_every_mistake_is_told_at_once(a_copy_of_lakeside: Path) -> None:
    spoil(a_copy_of_lakeside, "types.toml", '"wardens"', '"patrl"')
    spoil(a_copy_of_lakeside, "types.toml", "severity = 3", 'severity = "much"')
    spoil(a_copy_of_lakeside, "profile.toml", "Europe/Dublin", "Nowhere/Else")
    spoil(a_copy_of_lakeside, "districts.geojson", "west-shore", "West Shore")
    (a_copy_of_lakeside / "desks.toml").write_bytes(b"\xff")
    files = {problem.partition(":")[0] for problem in problems(a_copy_of_lakeside)}
    assert files == set(FILES)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("types.toml", "severity = 2", "severity = 7"),
        ("types.toml", '"swans"', '"!"'),
        ("types.toml", "[types.swan]", "[types.noise]"),
        ("desks.toml", 'label = "Harbour', 'labl = "Harbour'),
        ("profile.toml", "Dublin", "Dubln"),
        ("districts.geojson", "west-shore", "east-shore"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    a_copy_of_lakeside: Path, file: str, old: str, new: str
) -> None:
    line = (a_copy_of_lakeside / file).read_text().partition(old)[0].count("\n") + 1
    spoil(a_copy_of_lakeside, file, old, new)
    assert any(one.startswith(f"{file}:{line}: ") for one in problems(a_copy_of_lakeside))


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("absent", [True, False])
def test_a_missing_or_empty_file_is_a_mistake(
    a_copy_of_lakeside: Path, file: str, absent: bool
) -> None:
    path = a_copy_of_lakeside / file
    path.unlink() if absent else path.write_bytes(b"")
    (told,) = problems(a_copy_of_lakeside)
    assert told.startswith(f"{file}:1: (whole file): ")


def test_an_unknown_type_that_claims_to_know_or_is_public_is_a_mistake(
    a_copy_of_lakeside: Path,
) -> None:
    spoil(a_copy_of_lakeside, "profile.toml", '"other"', '"noise"')
    told = problems(a_copy_of_lakeside)
    assert any(": types.noise.in_progress: not for" in one for one in told)
    assert any(": types.noise.public: " in one for one in told)


def test_the_digest_names_the_content_and_nothing_else(a_copy_of_lakeside: Path) -> None:
    before = load_profile(a_copy_of_lakeside).digest
    assert load_profile(a_copy_of_lakeside).digest == before
    spoil(a_copy_of_lakeside, "types.toml", "severity = 1", "severity = 2")
    assert load_profile(a_copy_of_lakeside).digest != before
