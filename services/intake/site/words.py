"""The site's own words in each language it brings; an agency may add a language of its own."""

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
def brought(language: str) -> Mapping[str, str]:
    """The words that the software brings in this language; none when it does not know it."""
    path = HERE / f"{language}.toml"
    if not path.exists():
        return {}
    tables = tomllib.loads(path.read_text())
    return {
        f"{table}.{name}": text for table, words in tables.items() for name, text in words.items()
    }


def speaker(language: str, own: Mapping[str, str]) -> Callable[..., str]:
    """`say(key, **values)` for templates; a key without words is a mistake of ours."""
    words = {**brought(language), **own}

    def say(key: str, **values: object) -> str:
        return words[key].format(**values)

    return say


def untold(site: Site) -> Iterator[str]:
    """What is missing for a language that the software does not bring, in the profile's terms."""
    for language in site.languages:
        own = site.translations[language].words if language in site.translations else {}
        missing = sorted(brought(COMPLETE).keys() - brought(language).keys() - own.keys())
        if missing:
            file = f"texts.{language}.toml" if language in site.translations else "site.toml"
            yield f"{file}:1: words: the site has no {language} words for {', '.join(missing)}"
