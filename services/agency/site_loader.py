"""Reading the files of an agency's public site: every problem at once, with file and line."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from services.agency.loader import PROFILE, TYPES, WHOLE_FILE, ProfileError, with_ids, with_lines
from services.agency.site import BUILT_IN, Site
from services.agency.translating import untranslated
from services.hazards.structured import PRESENCE, THREATS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.agency.profile import AgencyProfile, ReportType

SITE: Final = "site.toml"
QUESTIONS: Final = "questions.toml"
ANSWERS: Final = "answers.toml"
FILE_OF: Final = {
    "questions": QUESTIONS,
    "safety": QUESTIONS,
    "safety_sets": QUESTIONS,
    "answers": ANSWERS,
}
"""The file of a top-level key; all other keys are in the site's own file."""
IDENTIFIED: Final = ("questions", "safety", "answers", "hours")


def texts_file(language: str) -> str:
    """The file with the words of another language."""
    return f"texts.{language}.toml"


def load_site(directory: Path, profile: AgencyProfile) -> Site:
    """The site in `directory` for `profile`; ProfileError with all problems."""
    contents: dict[str, bytes] = {}
    problems: list[str] = []
    raw = _read(directory, SITE, contents, problems)
    for file in (QUESTIONS, ANSWERS):
        for key, table in _read(directory, file, contents, problems).items():
            if FILE_OF.get(key) != file:
                problems.append(f"{file}: {key}: not given here")
            raw[key] = table
    raw |= {name: with_ids(raw[name]) for name in IDENTIFIED if name in raw}
    languages = raw.get("languages")
    others = list(languages)[1:] if isinstance(languages, dict) else []
    raw["translations"] = {
        language: _read(directory, texts_file(language), contents, problems) for language in others
    }
    site = None if problems else _site(profile, raw, problems)
    if site is None or problems:
        everything = {name: _bytes(directory, name) for name in (PROFILE, TYPES)} | contents
        raise ProfileError(directory, with_lines(problems, everything))
    return site


def _site(profile: AgencyProfile, raw: dict[str, Any], problems: list[str]) -> Site | None:
    try:
        site = Site.model_validate(raw)
    except ValidationError as error:
        problems += [_problem(one["loc"], one["msg"]) for one in error.errors()]
        return None
    problems += _problems(profile, site)
    return site


def _bytes(directory: Path, name: str) -> bytes:
    return (directory / name).read_bytes()


def _read(
    directory: Path, name: str, contents: dict[str, bytes], problems: list[str]
) -> dict[str, Any]:
    contents[name] = b""
    try:
        contents[name] = _bytes(directory, name)
        return tomllib.loads(contents[name].decode())
    except OSError as error:
        problems.append(f"{name}: {WHOLE_FILE}: {error.strerror}")
    except ValueError as error:
        problems.append(f"{name}: {WHOLE_FILE}: {error}")
    return {}


def _problem(place: tuple[str | int, ...], message: str) -> str:
    file, parts = FILE_OF.get(str(place[0]), SITE), [str(part) for part in place]
    if parts[0] == "translations" and len(parts) > 1:
        file, parts = texts_file(parts[1]), parts[2:]
    key = ".".join(part for part in parts if part != "[key]") or WHOLE_FILE
    return f"{file}: {key}: {message.removeprefix('Value error, ')}"


def _problems(profile: AgencyProfile, site: Site) -> Iterator[str]:
    """Problems between entries."""
    for known in profile.types.values():
        yield from _problems_of_type(site, known)
    for name, ids in site.safety_sets.items():
        yield from _problems_of_set(site, name, ids)
    for partner in profile.partners.values():
        if partner.hours and partner.hours not in site.hours:
            yield f'{PROFILE}: partners.{partner.id}.hours: unknown hours "{partner.hours}"'
    centre = profile.partners.get(site.non_emergency)
    if centre is None or not centre.telephone:
        yield f'{SITE}: non_emergency: no partner "{site.non_emergency}" with a telephone'
    for channel, silences in site.silence.items():
        for outcome, silence in (("none", silences.none), ("confirm", silences.confirm)):
            if silence.desk and silence.desk not in profile.desks:
                key = f"silence.{channel}.{outcome}.desk"
                yield f'{SITE}: {key}: unknown desk "{silence.desk}"'
    for answer in site.answers.values():
        if answer.until is not None and answer.until <= answer.since:
            yield f"{ANSWERS}: answers.{answer.id}.until: not after since"
        if answer.subject not in site.groups:
            where = f"{ANSWERS}: answers.{answer.id}.subject"
            yield f'{where}: "{answer.subject}" has no name in {SITE}, [groups]'
    for language, words in site.translations.items():
        for place, what in untranslated(profile, site, words):
            yield f"{texts_file(language)}: {'.'.join(place)}: {what}"


def _problems_of_type(site: Site, known: ReportType) -> Iterator[str]:
    key = f"{TYPES}: types.{known.id}"
    for question in known.questions:
        if question not in site.questions and question not in BUILT_IN:
            yield f'{key}.questions: unknown question "{question}"'
    if known.safety not in site.safety_sets:
        yield f'{key}.safety: unknown set of safety questions "{known.safety}"'
    else:
        yield from _missing_dangers(site, known)
    if known.group not in site.groups:
        yield f'{key}.group: "{known.group}" has no name in {SITE}, [groups]'
    if known.nearby and "where" not in known.questions:
        yield f'{key}.nearby: nobody is asked "where"'


def _problems_of_set(site: Site, name: str, ids: tuple[str, ...]) -> Iterator[str]:
    for id_ in ids:
        if id_ not in site.safety:
            yield f'{QUESTIONS}: safety_sets.{name}: unknown safety question "{id_}"'


def _missing_dangers(site: Site, known: ReportType) -> Iterator[str]:
    """The dangers that the questions leave out, as problems.

    An unanswered danger counts as unsure, so a type that leaves one out could never be safe.
    Whether it is in progress or somebody is present matters only where that is an emergency.
    """
    ids = site.safety_sets[known.safety]
    covered = {field for id_ in ids if id_ in site.safety for field in site.safety[id_].covers}
    needed = THREATS if known.in_progress == "urgent" else (*THREATS, *PRESENCE)
    for field in needed:
        if field not in covered:
            key = f"{TYPES}: types.{known.id}.safety"
            yield f'{key}: the set "{known.safety}" asks nobody about "{field}"'
