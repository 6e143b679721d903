"""Who may use a route, found by asking it without a token and with a token of each role.

Roles are not declared beside a route but checked in its code, so its answers are the only complete
statement of them. A route that looks at the body first is asked with one that its schema accepts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from services.runtime.identity import Role
from tests.reference.bodies import SECOND, smallest
from tests.reference.streams import is_sent

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx
    from fastapi import FastAPI

SIGN_IN = "/problems/sign-in"
NOT_THIS_ROLE = "/problems/role"
GIVEN = {
    "position": "1",
    "edition": "1",
    "view": "case-status",
    "form": "json",
    "type_id": "theft",
    "service_code": "theft",
    "path": "0/000.p/1",
    "from": "1",
    "to": "2",
    "n": "3",
    "seed": "1",
}
VERBS = {"/console/calls/{number}/{verb}": "note"}
"""A verb that the route knows, where it is not a rebuild's."""


class NotToldError(Exception):
    """A route's answer says nothing of who may use it; the message names the route."""


@dataclass(frozen=True)
class Asking:
    """A web process, a token of each role, and the OpenAPI document of the process."""

    app: FastAPI
    client: httpx.AsyncClient
    tokens: Mapping[Role, str]
    document: dict[str, Any]

    async def who_may(self, verb: str, path: str) -> str:
        """Whose requests the route takes, in words."""
        if self._streams(verb, path):
            return in_words([role for role in Role if await self._followed(role, path)])
        request = self._request(verb, path)
        nobody = _told(await self.client.request(verb, **request))
        if _asks_to_sign_in(nobody):
            return in_words([role for role in Role if await self._served(role, verb, request)])
        if nobody.status_code in {401, 403}:
            return "whoever has the key, token or password it asks for"
        return "everybody"

    def _streams(self, verb: str, path: str) -> bool:
        answers = self.document["paths"][path][verb]["responses"]
        return "text/event-stream" in answers.get("200", {}).get("content", {})

    async def _followed(self, role: Role, path: str) -> bool:
        return await is_sent(self.app, path, self.tokens[role])

    async def _served(self, role: Role, verb: str, request: dict[str, Any]) -> bool:
        headers = request["headers"] | {"authorization": f"Bearer {self.tokens[role]}"}
        answer = await self.client.request(verb, **request | {"headers": headers})
        return answer.status_code != 403 or answer.json()["type"] != NOT_THIS_ROLE

    def _request(self, verb: str, path: str) -> dict[str, Any]:
        """A request that reaches the route's own code."""
        operation = self.document["paths"][path][verb]
        query = {
            each["name"]: GIVEN.get(each["name"], SECOND)
            for each in operation.get("parameters", [])
            if each["in"] == "query" and each.get("required")
        }
        content = operation.get("requestBody", {}).get("content", {})
        media_type = next(iter(content), "application/json")
        value = smallest(content.get(media_type, {}).get("schema", {}), self.document)
        as_form = media_type == "application/x-www-form-urlencoded"
        given = GIVEN | {"verb": VERBS.get(path, "switch")}
        return {
            "url": re.sub(r"{(\w+)}", lambda name: given.get(name[1], SECOND), path),
            "params": query,
            "headers": {"content-type": media_type},
            "content": urlencode(value) if as_form else orjson.dumps(value),
        }


def in_words(roles: list[Role]) -> str:
    """Roles as the page names them."""
    return "every role" if len(roles) == len(Role) else ", ".join(role.value for role in roles)


def _asks_to_sign_in(answer: httpx.Response) -> bool:
    if answer.headers.get("location") == "/console/sign-in":
        return answer.request.url.path != "/console/sign-out"
    return answer.status_code == 401 and answer.json()["type"] == SIGN_IN


def _told(answer: httpx.Response) -> httpx.Response:
    """The answer, unless it was given before the role could be looked at."""
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    if is_problem and answer.status_code == 422 and answer.json()["type"] == "/problems/invalid":
        raise NotToldError(f"{answer.request.method} {answer.request.url}: {answer.text}")
    return answer
