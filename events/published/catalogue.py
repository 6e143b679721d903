"""The event catalogue: what can happen, written from the models, their docstrings and the examples.

Committed as `deploy/events/CATALOGUE.md`; a test compares it with what the code gives.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from events.completeness import way
from events.published.described import Field, described_fields, parts_of
from events.registry import EVENTS, owner
from events.topics import OWNED, PARTITIONS
from events.upcasts import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from pydantic import BaseModel

    from events.envelope import Event

HEAD = f"""# Events

Written by `blotter events catalogue` from `events/`; do not edit. An event travels as canonical
CloudEvents 1.0 structured JSON, on its owner's topic of {PARTITIONS} partitions, keyed by its
stream. The tables describe `data`; what surrounds it:

| attribute | meaning |
|---|---|
| `id` | of the event; derived from its cause, so that a repeat has the same |
| `type` | the stored name, for ever |
| `source` | the service that wrote it |
| `subject`, `streamversion` | its stream, and its place there, from 1 without gaps |
| `time`, `recordedtime` | when the step was taken; when it was committed. RFC 3339, UTC |
| `actor`, `onbehalfof`, `through` | who, for whom, by what way. Roles and ids, never names |
| `purpose` | `live`, `import` or `exercise` |
| `causationid`, `correlationid` | what it came from; the story it belongs to |

*Personal*: in the event only as a sealed box (`subject`, `sealed`), under the key of that data
subject. The type is that of what is inside. *Needed*: always there; the others are left out when
they have their default.
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """Who uses an event: names of services and of views."""

    services_that_read: Callable[[type[Event]], Collection[str]]
    views_that_read: Callable[[type[Event]], Collection[str]]


def catalogue(golden: Path, usage: Usage) -> str:
    """The whole catalogue, with the examples from the golden files in `golden`."""
    owners = sorted({owner(name) for name in EVENTS}, key=list(OWNED).index)
    pieces = [HEAD, *(_owner(each, golden, usage) for each in owners), _parts(EVENTS.values())]
    return "\n".join(pieces)


def _owner(service: str, golden: Path, usage: Usage) -> str:
    names = [name for name in EVENTS if owner(name) == service]
    module = sys.modules[EVENTS[names[0]].__module__]
    pieces = [f"## {service}\n", f"{(module.__doc__ or '').strip()}\n"]
    return "\n".join(pieces + [_event(name, golden, usage) for name in names])


def _event(name: str, golden: Path, usage: Usage) -> str:
    event = EVENTS[name]
    older = sorted(old for old in STEPS if way(old, STEPS)[-1] == name)
    readers = set(usage.services_that_read(event)) - {owner(name)}
    facts = {
        "Stored as": f"`{name}`",
        "Older versions": ", ".join(f"`{old}`" for old in older) or "none",
        "Read by": ", ".join(sorted(readers)) or "nobody but its owner",
        "Views": ", ".join(usage.views_that_read(event)) or "none",
    }
    pieces = [
        f"### {event.__name__}\n",
        f"{_meaning(event)}\n",
        *(f"- {what}: {value}" for what, value in facts.items()),
        "",
        _table(described_fields(event)),
    ]
    if (example := golden / f"{name}.json").exists():
        data = orjson.dumps(orjson.loads(example.read_bytes())["data"], option=orjson.OPT_INDENT_2)
        pieces += [f"```json\n{data.decode()}\n```\n"]
    return "\n".join(pieces)


def _parts(events: Iterable[type[Event]]) -> str:
    pieces = ["## Parts\n"]
    for part in sorted(parts_of(events), key=lambda each: each.__name__):
        table = _table(described_fields(part))
        pieces += [f"### {part.__name__}\n", f"{_meaning(part)}\n", table]
    return "\n".join(pieces)


def _meaning(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _table(fields: list[Field]) -> str:
    if not fields:
        return "No members.\n"
    rows = [
        f"| `{each.name}` | {each.type} | {each.unit} | {'yes' if each.needed else ''}"
        f" | {'**personal**' if each.personal else ''} | {each.meaning} |"
        for each in fields
    ]
    head = ["| member | type | unit | needed | personal | meaning |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])
