"""A profile's site in one of its languages, and the gaps of a translation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.agency.site import SiteInLanguage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from services.agency.profile import AgencyProfile, CallLine, EmergencyTexts
    from services.agency.site import LineWords, Site, Translation


def in_language(profile: AgencyProfile, site: Site, language: str) -> SiteInLanguage:
    """The site in this language; KeyError for one that the agency does not have."""
    if language == site.first_language:
        return SiteInLanguage(
            language=language,
            emergency=profile.emergency,
            texts=site.texts,
            types=_labels(profile.types),
            groups=site.groups,
            desks=_labels(profile.desks),
            partners=_labels(profile.partners),
            hours=_labels(site.hours),
            safety=site.safety,
            questions=site.questions,
            answers=site.answers,
        )
    words = site.translations[language]
    return SiteInLanguage(
        language=language,
        emergency=_emergency(profile.emergency, words.emergency),
        texts=words.texts,
        types=words.types,
        groups=words.groups,
        desks=words.desks,
        partners=words.partners,
        hours=words.hours,
        safety={
            id_: one.model_copy(update={"label": words.safety[id_]})
            for id_, one in site.safety.items()
        },
        questions={
            id_: one.model_copy(update=dict(words.questions[id_]))
            for id_, one in site.questions.items()
        },
        answers={
            id_: one.model_copy(update=dict(words.answers[id_]))
            for id_, one in site.answers.items()
        },
        words=words.words,
    )


def _labels(things: Mapping[str, object]) -> dict[str, str]:
    return {id_: thing.label for id_, thing in things.items()}  # type: ignore[attr-defined]


def _emergency(texts: EmergencyTexts, words: LineWords) -> EmergencyTexts:
    def renamed(line: CallLine | None, label: str) -> CallLine | None:
        return line.model_copy(update={"label": label}) if line else None

    lines = ("telephone", "text", "crisis", "crisis_text", "elsewhere")
    headlines = {name: getattr(words, name) for name in ("headline", "none", "confirm", "divert")}
    return texts.model_copy(
        update=headlines
        | {name: renamed(getattr(texts, name), getattr(words, name)) for name in lines}
    )


def untranslated(
    profile: AgencyProfile, site: Site, words: Translation
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Missing and surplus entries of a translation: the place, and the problem."""
    tables: dict[str, Iterable[str]] = {
        "types": profile.types,
        "groups": site.groups,
        "desks": profile.desks,
        "partners": profile.partners,
        "hours": site.hours,
        "safety": site.safety,
        "questions": site.questions,
        "answers": site.answers,
    }
    for table, ids in tables.items():
        yield from _differing((table,), ids, getattr(words, table))
    for id_, question in site.questions.items():
        if given := words.questions.get(id_):
            yield from _differing(("questions", id_, "options"), question.options, given.options)
            if question.hint and not given.hint:
                yield ("questions", id_), "the hint is not translated"
    for line in ("crisis_text", "elsewhere"):
        if getattr(profile.emergency, line) and not getattr(words.emergency, line):
            yield ("emergency",), f"{line} is not translated"


def _differing(
    place: tuple[str, ...], wanted: Iterable[str], given: Mapping[str, object]
) -> Iterator[tuple[tuple[str, ...], str]]:
    for id_ in wanted:
        if id_ not in given:
            yield place, f'"{id_}" is not translated'
    for id_ in given.keys() - set(wanted):
        yield (*place, id_), "there is no such id in the profile"
