"""The languages of a conversation, and short answers that mean the same in each. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from services.agency.keywords import WORD, fold
from services.agency.translating import in_language
from services.intake.site.words import text_lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.agency.profile import AgencyProfile
    from services.agency.site import Site, SiteInLanguage
    from services.hazards.structured import Answer

Command = Literal["stop", "start", "help", "new", "anonymous"]
COMMANDS: Final[tuple[Command, ...]] = ("stop", "start", "help", "new", "anonymous")
LONGEST_READ: Final = 2000
"""Characters that are examined; no short answer is longer."""


@dataclass(frozen=True, slots=True)
class LanguageWords:
    """One language: the site's words, and the profile's."""

    language: str
    local: SiteInLanguage
    say: Callable[..., str]


@dataclass(frozen=True, slots=True)
class Languages:
    """All languages of an agency, the first one first; short answers are recognised in each."""

    each: Mapping[str, LanguageWords]

    def of(self, language: str) -> LanguageWords:
        """The language, or the agency's first."""
        return self.each.get(language) or next(iter(self.each.values()))

    def likely_language(self, text: str) -> str:
        """The language with the most of its commonest words in the text; in a tie the first."""
        words = set(_folded(text))
        counts = {
            language: len(words & set(_folded(language_words.say("texting.marks"))))
            for language, language_words in self.each.items()
        }
        return max(counts, key=lambda language: counts[language])

    def command(self, text: str) -> Command | None:
        """The command, if the message is a command and nothing else."""
        return next((name for name in COMMANDS if self.means(text, name)), None)

    def language(self, text: str) -> str | None:
        """The language, if the message is the name of one and nothing else."""
        wanted = " ".join(_folded(text))
        return next(
            (code for code, one in self.each.items() if wanted in _phrases(one, "language")), None
        )

    def answer(self, text: str) -> Answer | None:
        """yes, no or unsure, if the message is nothing else."""
        if text.strip() == "?":
            return "unsure"
        answers: tuple[Answer, ...] = ("unsure", "no", "yes")
        return next((answer for answer in answers if self.means(text, answer)), None)

    def means(self, text: str, name: str) -> bool:
        """Whether the whole message is a phrase listed under this name, in any language."""
        return any(
            words in _phrases(language_words, name)
            for language_words in self.each.values()
            for words in {" ".join(_folded(text)), " ".join(self._bare(text))}
        )

    def numbers(self, text: str, most: int) -> set[int] | None:
        """The numbers from 1 to `most`, if the message contains nothing else; else None."""
        offered = {str(number): number for number in range(1, most + 1)}
        words = self._bare(text)
        return {offered[word] for word in words} if words and offered.keys() >= set(words) else None

    def _bare(self, text: str) -> list[str]:
        fillers = {word for one in self.each.values() for word in _phrases(one, "filler")}
        return [word for word in _folded(text) if word not in fillers]


def languages(profile: AgencyProfile, site: Site) -> Languages:
    """The languages of this agency's site."""
    return Languages(
        {
            language: LanguageWords(language, local, text_lookup(language, local.words))
            for language in site.languages
            for local in [in_language(profile, site, language)]
        }
    )


def _folded(text: str) -> list[str]:
    return WORD.findall(fold(text[:LONGEST_READ])[0])


def _phrases(language_words: LanguageWords, name: str) -> frozenset[str]:
    given = language_words.say(f"texting.{name}_words").split(",")
    return frozenset(" ".join(WORD.findall(fold(one)[0])) for one in given)
