"""Does every name that was ever stored lead, step by step, to one that is read today? Pure.

A unit test asks this of the golden files, the steps and the registry, so that a gap fails the build
and not a reader years from now.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from events.topics import OWNED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from events.upcasts import Step

NAME = re.compile(r"(?P<owner>[a-z]+)\.(?P<event>[a-z]+(?:-[a-z]+)*)\.v(?P<version>[1-9][0-9]*)")


def unsound(ever: Collection[str], steps: Mapping[str, Step], newest: Collection[str]) -> list[str]:
    """What is wrong with the language, one sentence each; nothing when it is sound.

    `ever`: every name that was ever stored; `newest`: those that the registry knows.
    """
    names = sorted({*ever, *newest, *steps, *(step.to for step in steps.values())})
    misnamed = [name for name in names if not _well_named(name)]
    if misnamed:
        return [f"{name}: not <owner>.<event>.v<number> of a known owner" for name in misnamed]
    return [
        *(
            f"{name}: in the registry, yet never stored in any example"
            for name in newest
            if name not in ever
        ),
        *(
            f"{name}: an orphan, its step starts at a name that was never stored"
            for name in steps
            if name not in ever
        ),
        *(
            f"{name}: still in the registry, although a step leads away from it"
            for name in newest
            if name in steps
        ),
        *_doubled(newest),
        *(fault for name in sorted(ever) if (fault := _astray(name, steps, newest))),
        *(fault for name, step in steps.items() if (fault := _leap(name, step.to))),
    ]


def way(name: str, steps: Mapping[str, Step]) -> list[str]:
    """The names from `name` on, as the steps lead; the last is there twice when they go round."""
    passed = [name]
    while step := steps.get(passed[-1]):
        passed.append(step.to)
        if step.to in passed[:-1]:
            break
    return passed


def _well_named(name: str) -> bool:
    found = NAME.fullmatch(name)
    return found is not None and found["owner"] in OWNED


def _astray(name: str, steps: Mapping[str, Step], newest: Collection[str]) -> str | None:
    passed = way(name, steps)
    if passed[-1] in passed[:-1]:
        return f"{name}: its steps go round in a circle, {' → '.join(passed)}"
    if passed[-1] not in newest:
        return f"{name}: a gap, {' → '.join(passed)} ends at a name the registry does not know"
    return None


def _leap(name: str, to: str) -> str | None:
    """A step leads to the next version, or to another event's name, of the same owner."""
    one, other = NAME.fullmatch(name), NAME.fullmatch(to)
    assert one is not None
    assert other is not None
    if one["owner"] != other["owner"]:
        return f"{name}: its step leads to {to}, which is of another owner and topic"
    if one["event"] == other["event"] and int(other["version"]) != int(one["version"]) + 1:
        return f"{name}: its step leads to {to}, not to the version that follows"
    return None


def _doubled(newest: Collection[str]) -> list[str]:
    """Readers see one version of an event: two in the registry would be two truths."""
    return [
        f"{later}: in the registry together with {earlier}"
        for earlier, later in pairwise(sorted(newest))
        if earlier.rpartition(".")[0] == later.rpartition(".")[0]
    ]
