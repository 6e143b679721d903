"""`docs/reference/http.md`: every route of the web process, and every refusal."""

from __future__ import annotations

from base64 import b64encode
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import SecretStr

from services.agency.default import PROJECT
from services.agency.loader import load_profile
from services.agency.site_loader import load_site
from services.runtime.database import connect
from services.runtime.identity import Role, make_token
from services.runtime.settings import Settings
from services.web import create_app
from tests.reference.problems import problems
from tests.reference.who_may import Asking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fastapi import FastAPI

AGENCY = PROJECT / "deploy" / "agency" / "chesterfield"
HEAD = """# HTTP

Made from the code by `python -m tests.reference`; a test fails when it is out of date.

`GET /openapi.json` of a running installation says the same to programs, with every parameter and
body. A program sends `Authorization: Bearer TOKEN` (`blotter token --role ROLE` makes one); in a
browser one signs in at `/console/sign-in`.

"Who" was found by asking each route without a token and with one of every role. "Everybody" means
without signing in; a route about one report or question still asks for its PIN. The verbs of
`/console/calls/{number}/{verb}` have the roles of the same commands under "Cases"; the row shows
`note`. Which fields a role may reveal is looked at after the role: see
[decision 5](../explanation/decisions/0005-personal-data-leaves-with-its-key.md).

The public pages are listed in the agency's first language. Every further language of the profile
has them again below its own prefix, such as `/es`.
"""
PROBLEMS = """
## Problems

A refusal is [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) JSON; its `type` is `/problems/` and
the name below. The room is the directory of `services/` whose code makes it; those of `runtime` can
come from every route. An empty title is written for the case at hand.

| room | name | status | title |
|---|---|---|---|
"""


async def over_http(database_url: str, keys: Path) -> str:
    """The page in Markdown, from a web process on this migrated database."""
    tokens = {}
    async with await connect(database_url, "runtime") as connection:
        for role in Role:
            tokens[role] = await make_token(connection, role, role.value)
    async with _web(database_url, keys) as (app, client):
        routes = await _routes(Asking(app, client, tokens, app.openapi()))
    rows = (" | ".join(problem) for problem in problems(PROJECT / "services"))
    return HEAD + routes + PROBLEMS + "\n".join(f"| {row} |" for row in rows) + "\n"


@asynccontextmanager
async def _web(database_url: str, keys: Path) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    settings = Settings(
        database_url=database_url,
        kafka_bootstrap="127.0.0.1:1",
        master_key=SecretStr(b64encode(b"k" * 32).decode()),
        agency=AGENCY,
        keys=keys,
    )
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://reference") as client,
    ):
        yield app, client


async def _routes(asking: Asking) -> str:
    tables: dict[str, list[str]] = {}
    for path, operations in asking.document["paths"].items():
        if path.startswith(further_languages()):
            continue
        for verb, operation in operations.items():
            who = await asking.who_may(verb, path)
            row = f"| `{verb.upper()} {path}` | {_what(operation)} | {who} |"
            tables.setdefault(operation["tags"][0], []).append(row)
    return "".join(f"\n## {tag.capitalize()}\n\n{_table(tables[tag])}" for tag in sorted(tables))


def _table(rows: list[str]) -> str:
    return "\n".join(["| route | what | who |", "|---|---|---|", *rows]) + "\n"


def further_languages() -> tuple[str, ...]:
    """The prefixes below which the public site's pages are there again."""
    languages = load_site(AGENCY, load_profile(AGENCY)).languages
    return tuple(f"/{language}/" for language in list(languages)[1:])


def _what(operation: dict[str, Any]) -> str:
    """The route's own summary, else what its code says first, else the name of its code."""
    summary: str = operation["summary"]
    if summary != summary.title():  # FastAPI's own are made of the function's name
        return summary
    said = operation.get("description") or summary.replace("_", " ").capitalize()
    return " ".join(said.split("\n\n")[0].split()).replace("|", "\\|")
