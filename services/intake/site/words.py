"""The site's texts in its built-in languages; an agency may add a language of its own."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from services.agency.site import Site

HERE = Path(__file__).parent / "words"
COMPLETE = "en"


@cache
def built_in_words(language: str) -> Mapping[str, str]:
    """The built-in texts of a language; empty when there are none."""
    path = HERE / f"{language}.toml"
    if not path.exists():
        return {}
    tables = tomllib.loads(path.read_text())
    return {
        f"{table}.{name}": text for table, words in tables.items() for name, text in words.items()
    }


def text_lookup(language: str, own: Mapping[str, str]) -> Callable[..., str]:
    """`say(key, **values)` for templates; KeyError for a key without a text."""
    words = {**built_in_words(language), **own}

    def say(key: str, **values: object) -> str:
        return words[key].format(**values)

    return say


def missing_words(site: Site) -> Iterator[str]:
    """The missing texts of languages that are not built in, as problems of the profile."""
    for language in site.languages:
        own = site.translations[language].words if language in site.translations else {}
        missing = sorted(
            built_in_words(COMPLETE).keys() - built_in_words(language).keys() - own.keys()
        )
        if missing:
            file = f"texts.{language}.toml" if language in site.translations else "site.toml"
            yield f"{file}:1: words: the site has no {language} words for {', '.join(missing)}"
