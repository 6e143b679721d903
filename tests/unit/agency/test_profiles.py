"""The profiles that ship: what the mission's catalogue says of the pilot, and an unlike agency."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.agency.classification import classify
from services.hazards.structured import SafetyAnswers, assess

if TYPE_CHECKING:
    from services.agency.profile import AgencyProfile

CATALOGUE = """
theft shoplifting vehicle-break-in vehicle-parts-stolen stolen-vehicle burglary vandalism crash
hit-and-run noise suspicious-person suspicious-vehicle suspicious-event loitering trespass
lost-property found-property fraud identity-theft harassing-communications parking
abandoned-vehicle animal barking-dog street-light utility road welfare-concern extra-patrol
vacation-check event-guidance watch-programme information ordinance-question complaint-officer
unclassified
""".split()  # noqa: SIM905


def test_the_pilot_has_the_whole_catalogue(pilot: AgencyProfile) -> None:
    assert pilot.known_types == set(CATALOGUE)
    assert pilot.live is False


def test_what_must_not_be_public_is_not(pilot: AgencyProfile) -> None:
    hidden = {known.id for known in pilot.types.values() if not known.public}
    assert hidden == {
        "vacation-check",
        "welfare-concern",
        "harassing-communications",
        "complaint-officer",
        "unclassified",
    }


def test_a_type_outside_the_catalogue_goes_to_review(pilot: AgencyProfile) -> None:
    assert pilot.type_or_unknown("sea-monster").desk == "review"
    assert pilot.type_or_unknown("").in_progress is None
    assert pilot.type_or_unknown("noise").desk == "patrol"


def test_every_desk_has_work_and_every_group_of_types_a_name(pilot: AgencyProfile) -> None:
    assert {known.desk for known in pilot.types.values()} == set(pilot.desks)


@pytest.mark.parametrize(
    "type_", ["noise", "barking-dog", "loitering", "suspicious-vehicle", "street-light", "parking"]
)
@pytest.mark.parametrize("happening_now", ["yes", "unsure", "no", None])
@pytest.mark.parametrize("suspect_present", ["yes", "unsure", "no", None])
def test_live_everyday_matters_never_divert_by_being_live(
    pilot: AgencyProfile, type_: str, happening_now: str | None, suspect_present: str | None
) -> None:
    answers = SafetyAnswers.model_validate(
        {"happening_now": happening_now, "suspect_present": suspect_present}
    )
    in_progress = pilot.types[type_].in_progress
    assert assess(answers, in_progress, "live").outcome == "confirm"  # the five unanswered
    assert assess(answers, in_progress, "exercise").outcome == "none"


def test_a_burglar_who_is_still_there_diverts(pilot: AgencyProfile) -> None:
    in_progress = pilot.types["burglary"].in_progress
    assert assess(SafetyAnswers(suspect_present="yes"), in_progress, "live").outcome == "divert"


def test_the_emergency_instruction_is_the_agencys_own(
    pilot: AgencyProfile, lakeside: AgencyProfile
) -> None:
    assert pilot.emergency.instruction("divert") == (
        "Nobody has been sent. Call 9-1-1 now. Cannot speak: text 9-1-1. "
        "Outside the county: 804-748-1251. Thoughts of suicide: 988."
    )
    assert "in doubt, call 9-1-1" in pilot.emergency.instruction("confirm")
    assert pilot.emergency.instruction("confirm").count("?") == 1
    assert lakeside.emergency.instruction("divert").startswith("No warden is on the way. Ring 112")
    assert lakeside.emergency.telephone.uri == "tel:112"


def test_nothing_of_the_pilot_is_left_in_an_unlike_agency(lakeside: AgencyProfile) -> None:
    assert lakeside.zone.key == "Europe/Dublin"
    assert list(lakeside.types) == ["boat-adrift", "noise", "swan", "lost-property", "other"]
    assert classify(lakeside, None, "An EALA on the slip").type == "swan"
    assert classify(lakeside, None, "stolen car").type == "other"
    assert lakeside.type_or_unknown("burglary").desk == "front-office"
    assert lakeside.districts.at(53.05, -7.95) == "east-shore"
    assert lakeside.districts.at(37.36, -77.44) is None


def test_the_services_know_no_agency_by_name() -> None:
    project = Path(__file__).parents[3]
    files = [
        path
        for folder in ("services", "events")
        for path in (project / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    for path, name in product(files, ("chesterfield", "lakeside")):
        assert name.encode() not in path.read_bytes().lower(), path
