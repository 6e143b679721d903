"""What the columns of a partner's export mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from services.agency.loader import load_profile
from services.cli.language import schemas
from services.connector.mapping import MappingError, PartnerMapping, load_mapping
from services.intake.domain.inbound import INCIDENT_REPORTED
from tests.unit.events.strategies import few

INCIDENTS = Draft202012Validator(schemas()[INCIDENT_REPORTED])
AGENCIES = Path(__file__).parents[3] / "deploy" / "agency"
Row = dict[str, str]


def changed(mapping: PartnerMapping, **keys: Any) -> PartnerMapping:
    return PartnerMapping.model_validate(mapping.model_dump(exclude_unset=True) | keys)


def read(mapping: PartnerMapping, row: Row) -> dict[str, Any]:
    incident = mapping.read(row)
    assert incident is not None
    return incident.data


def test_a_whole_row_becomes_an_incident(a_mapping: PartnerMapping, a_row: Row) -> None:
    incident = a_mapping.read(a_row)
    assert incident is not None
    assert incident.id == "A-1"
    assert incident.data == {
        "type": "noise",
        "description": "music; advised",
        "occurred": {"from": "2025-07-05T02:30:00.000000Z"},
        "location": {"text": "1 Main St", "latitude": 37.5, "longitude": -77.25},
    }


def test_facts_that_are_missing_are_left_out(a_mapping: PartnerMapping, a_row: Row) -> None:
    assert read(a_mapping, dict.fromkeys(a_row, " ") | {"number": "A-1"}) == {}


def test_a_row_without_id_is_no_incident(a_mapping: PartnerMapping, a_row: Row) -> None:
    assert a_mapping.read(a_row | {"number": "  "}) is None


def test_a_word_that_is_not_in_the_table_is_passed_on(
    a_mapping: PartnerMapping, a_row: Row
) -> None:
    assert read(a_mapping, a_row | {"kind": "SHOTS FIRED"})["type"] == "SHOTS FIRED"


@pytest.mark.parametrize("hour", ["25:00", "noon"])
def test_an_unreadable_time_is_left_out_and_told(
    a_mapping: PartnerMapping, a_row: Row, hour: str
) -> None:
    incident = a_mapping.read(a_row | {"hour": hour})
    assert incident is not None
    assert incident.time_is_unreadable
    assert incident.occurred is None
    assert "occurred" not in incident.data


@pytest.mark.parametrize(
    ("form", "written", "moment"),
    [
        ("iso", "2025-07-04T22:30", "2025-07-05T02:30:00.000000Z"),
        ("iso", "2025-07-04T22:30:00.5+02:00", "2025-07-04T20:30:00.500000Z"),
        ("epoch-milliseconds", "1751682600250", "2025-07-05T02:30:00.250000Z"),
        ("%Y%m%d %H%M", "20250104 2230", "2025-01-05T03:30:00.000000Z"),
        ("%Y-%m-%d %H:%M %z", "2025-01-04 22:30 +0100", "2025-01-04T21:30:00.000000Z"),
    ],
)
def test_times_are_read_in_their_format_and_zone(
    a_mapping: PartnerMapping, a_row: Row, form: str, written: str, moment: str
) -> None:
    mapping = changed(a_mapping, occurred_from="day", time_format=form)
    assert read(mapping, a_row | {"day": written})["occurred"] == {"from": moment}


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("0", "0.0"), ("", ""), ("north", "nan"), ("inf", "")]
)
def test_no_place_is_made_up(
    a_mapping: PartnerMapping, a_row: Row, latitude: str, longitude: str
) -> None:
    row = a_row | {"lat": latitude, "lon": longitude}
    assert read(a_mapping, row)["location"] == {"text": "1 Main St"}


def test_constants_speak_where_the_row_is_silent(a_mapping: PartnerMapping, a_row: Row) -> None:
    constants = {"type": "information", "location": {"text": "town"}, "safety": {"weapon": "no"}}
    mapping = changed(a_mapping, constants=constants)
    silent = a_row | {"kind": "", "street": ""}
    assert read(mapping, silent)["type"] == "information"
    assert read(mapping, silent)["location"] == {
        "text": "town",
        "latitude": 37.5,
        "longitude": -77.25,
    }
    assert read(mapping, a_row)["type"] == "noise"
    assert read(mapping, a_row)["safety"] == {"weapon": "no"}


def test_ids_of_several_columns_are_never_confused(a_mapping: PartnerMapping, a_row: Row) -> None:
    mapping = changed(a_mapping, id=["number", "kind"])
    pairs = [("a", "b/c"), ("a/b", "c"), ("a%2Fb", "c"), ("a", ""), ("", "a")]
    found = [mapping.read(a_row | {"number": one, "kind": two}) for one, two in pairs]
    assert len({incident.id for incident in found if incident}) == len(pairs)


@few
@given(row=st.fixed_dictionaries(dict.fromkeys(["n", "k", "t", "x", "y"], st.text(max_size=12))))
def test_any_row_is_read_and_gives_valid_data(row: Row) -> None:
    mapping = PartnerMapping.model_validate(
        {
            "partner": "p",
            "id": "n",
            "type": "k",
            "description": ["n", "k"],
            "occurred_from": "t",
            "zone": "UTC",
            "latitude": "x",
            "longitude": "y",
        }
    )
    incident = mapping.read(row)
    assert (incident is None) == (not row["n"].strip())
    if incident and "location" not in incident.data:
        INCIDENTS.validate(incident.data)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('colour = "red"', "colour: Extra inputs"),
        ('type = ""', "type: "),
        ("description = 3", "description: "),
        ('time_format = "epoch"', "time_format: neither"),
        ('time_format = "%Q"', "time_format: "),
        ('zone = "Mars/Olympus"', "zone: unknown time zone"),
        ('occurred_from = "day"', "zone: missing"),
        ('latitude = "lat"', "latitude: of use only together"),
        ('types = { LOUD = "noise" }', "types: useless"),
        ('encoding = "utf-12"', "encoding: unknown"),
        ('constants = { kind = "x" }', "constants.kind: "),
        ('constants = { safety = { weapn = "no" } }', "constants.safety.weapn: "),
    ],
)
def test_a_mistake_is_told_with_its_key(tmp_path: Path, line: str, problem: str) -> None:
    file = tmp_path / "m.toml"
    file.write_text(f'partner = "p"\nid = "number"\n{line}\n')
    with pytest.raises(MappingError) as error:
        load_mapping(file)
    assert f"{file}: {problem}" in str(error.value)


@pytest.mark.parametrize("content", ["", "partner = 'p'", "id = 'n'", "partner = 'a/b'\nid = 'n'"])
def test_partner_and_id_are_needed(tmp_path: Path, content: str) -> None:
    file = tmp_path / "m.toml"
    file.write_text(content)
    with pytest.raises(MappingError, match=r": (partner|id): "):
        load_mapping(file)


def test_a_file_that_is_no_mapping_is_told(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="No such file"):
        load_mapping(tmp_path / "none.toml")
    (tmp_path / "m.toml").write_text("partner =")
    with pytest.raises(MappingError, match=r"m\.toml: "):
        load_mapping(tmp_path / "m.toml")


@pytest.mark.parametrize("name", ["slopd", "oakland"])
def test_the_mappings_that_come_along_know_only_types_of_the_catalogue(
    partners: Path, name: str
) -> None:
    mapping = load_mapping(partners / f"{name}.toml")
    assert mapping.partner == name
    catalogue = load_profile(AGENCIES / "chesterfield").known_types
    assert set(mapping.types.values()) <= catalogue
