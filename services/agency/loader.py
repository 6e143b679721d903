"""Reading an agency's directory: everything is checked and all problems are reported at once."""

from __future__ import annotations

import tomllib
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from services.agency.classification import CLASSIFICATION_VERSION
from services.agency.district_reader import read_districts
from services.agency.file_lines import line_in
from services.agency.profile import AgencyProfile
from services.agency.urgency import TABLES_VERSION
from services.hazards.version import rules_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PROFILE: Final = "profile.toml"
TYPES: Final = "types.toml"
DESKS: Final = "desks.toml"
DISTRICTS: Final = "districts.geojson"
FILES: Final = (PROFILE, TYPES, DESKS, DISTRICTS)
FILE_OF: Final = {"types": TYPES, "desks": DESKS, "districts": DISTRICTS}
"""The file of a top-level key; all other keys are in the profile's own file."""
WHOLE_FILE: Final = "(whole file)"
GIVEN_BY_THE_LOADER: Final = frozenset({"types", "desks", "districts", "digest"})


class ProfileError(Exception):
    """The directory is no valid profile; the message has a line `file:line: key: problem` each."""

    def __init__(self, directory: Path, problems: list[str]) -> None:
        super().__init__("\n".join([f"{directory} is not a usable profile:", *problems]))
        self.problems = tuple(problems)


def load_profile(directory: Path) -> AgencyProfile:
    """The profile in `directory`; ProfileError with all problems."""
    problems: list[str] = []
    return read_profile(directory, {n: _content(directory, n, problems) for n in FILES}, problems)


def read_profile(place: Path, contents: Mapping[str, bytes], problems: list[str]) -> AgencyProfile:
    """The profile in these files' contents; `place` names them in errors."""
    toml = {name: _toml(name, contents[name], problems) for name in (PROFILE, TYPES, DESKS)}
    districts, wrong = read_districts(contents[DISTRICTS]) if contents[DISTRICTS] else (None, [])
    problems += [f"{DISTRICTS}: {problem}" for problem in wrong]
    raw = {
        **_own(toml[PROFILE], problems),
        "partners": with_ids(toml[PROFILE].get("partners", {})),
        "types": _table(toml[TYPES], TYPES, "types", problems),
        "desks": _table(toml[DESKS], DESKS, "desks", problems),
    }
    # Problems that follow from an unreadable file are left out.
    unread = tuple(f"{name}: " for name in FILES if _is_unread(name, problems))
    if not set(unread) - {f"{DISTRICTS}: "}:
        problems += _broken_references(raw)
    try:
        profile = AgencyProfile.model_validate(
            {**raw, "districts": districts, "digest": _digest(contents)}
        )
    except ValidationError as error:
        problems += [line for line in _lines(error) if not line.startswith(unread)]
        raise ProfileError(place, with_lines(problems, contents)) from None
    if problems:
        raise ProfileError(place, with_lines(problems, contents))
    return profile


def with_lines(problems: Sequence[str], contents: Mapping[str, bytes]) -> list[str]:
    """Problems `file: key: problem`, with the line added after the file's name."""
    found = []
    for problem in problems:
        file, key, message = problem.split(": ", 2)
        text = contents[file].decode("utf-8", "replace")
        place = () if key == WHOLE_FILE else key.split(".")
        found.append(f"{file}:{line_in(file, text, place, message)}: {key}: {message}")
    return found


def _is_unread(name: str, problems: list[str]) -> bool:
    return any(problem.startswith(f"{name}: {WHOLE_FILE}") for problem in problems)


def _content(directory: Path, name: str, problems: list[str]) -> bytes:
    try:
        content = (directory / name).read_bytes()
    except OSError as error:
        problems.append(f"{name}: {WHOLE_FILE}: {error.strerror}")
        return b""
    if not content.strip():
        problems.append(f"{name}: {WHOLE_FILE}: empty")
    return content


def _toml(name: str, content: bytes, problems: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode())
    except ValueError as error:
        problems.append(f"{name}: {WHOLE_FILE}: {error}")
        return {}


def _own(document: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """The profile's own keys, without those of the other files."""
    problems += [
        f"{PROFILE}: {key}: not given here" for key in document if key in GIVEN_BY_THE_LOADER
    ]
    return {key: value for key, value in document.items() if key not in GIVEN_BY_THE_LOADER}


def _table(document: Mapping[str, Any], file: str, name: str, problems: list[str]) -> object:
    """The one table of a file, each entry with its key as id."""
    problems += [f"{file}: {key}: unknown key" for key in document if key != name]
    return with_ids(document.get(name, {}))


def with_ids(table: object) -> object:
    """A table with the key of each entry as its id."""
    if not isinstance(table, dict):
        return table
    return {
        key: {**entry, "id": key} if isinstance(entry, dict) else entry
        for key, entry in table.items()
    }


def _broken_references(raw: Mapping[str, Any]) -> Iterator[str]:
    """References to missing entries, in unchecked data: other problems do not hide them."""
    types = raw["types"] if isinstance(raw["types"], dict) else {}
    desks = raw["desks"] if isinstance(raw["desks"], dict) else {}
    partners = raw["partners"] if isinstance(raw["partners"], dict) else {}
    for id_, entry in desks.items():
        refers_to = entry.get("refers_to") if isinstance(entry, dict) else None
        if isinstance(refers_to, str) and refers_to not in partners:
            yield f'{DESKS}: desks.{id_}.refers_to: unknown partner "{refers_to}"'
    unknown_type = raw.get("unknown_type")
    if isinstance(unknown_type, str) and unknown_type not in types:
        yield f'{PROFILE}: unknown_type: unknown type "{unknown_type}"'
    for id_, entry in types.items():
        if not isinstance(entry, dict):
            continue
        if entry.get("nearby") is True and entry.get("public") is not True:
            yield f"{TYPES}: types.{id_}.nearby: only what is public is told to others nearby"
        desk = entry.get("desk")
        if isinstance(desk, str) and desk not in desks:
            yield f'{TYPES}: types.{id_}.desk: unknown desk "{desk}"'
        if id_ == unknown_type:
            yield from _problems_of_unknown_type(id_, entry)
        elif "in_progress" not in entry:
            yield f"{TYPES}: types.{id_}.in_progress: missing, divert or urgent"


def _problems_of_unknown_type(id_: str, entry: Mapping[str, Any]) -> Iterator[str]:
    if "in_progress" in entry:
        yield f"{TYPES}: types.{id_}.in_progress: not for the unknown type, which must ask"
    if entry.get("public") is True:
        yield f"{TYPES}: types.{id_}.public: the unknown type may hide anything, so never public"


def _lines(error: ValidationError) -> Iterator[str]:
    for one in error.errors():
        first, *_ = one["loc"] or ("",)
        key = ".".join(map(str, one["loc"]))
        message = one["msg"].removeprefix("Value error, ")
        yield f"{FILE_OF.get(str(first), PROFILE)}: {key}: {message}"


def _digest(contents: Mapping[str, bytes]) -> str:
    """SHA-256 of the length-prefixed contents, so that different profiles never give the same
    bytes.
    """
    digest = sha256()
    versions = [rules_version(), TABLES_VERSION, CLASSIFICATION_VERSION]
    for part in (*(contents[name] for name in FILES), *map(str.encode, versions)):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
