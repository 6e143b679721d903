"""A member of staff at the command line: HTTP with a token, refusals in words."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import httpx

from services.cli.installation import NotFoundError, find_settings

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT_SECONDS = 30


class RefusedByServerError(Exception):
    """The server said no; the message is its own words."""


class Staff:
    """A client with somebody's token; use as a context manager."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(
            base_url=url, timeout=TIMEOUT_SECONDS, headers={"authorization": f"Bearer {token}"}
        )

    @classmethod
    def of(cls, data: Path | None) -> Self:
        """Of `BLOTTER_TOKEN`, at `BLOTTER_URL` or at the installation that runs here."""
        token = os.environ.get("BLOTTER_TOKEN")
        if not token:
            raise NotFoundError(
                "set BLOTTER_TOKEN to your own token: `blotter token --role supervisor --label YOU`"
            )
        url = os.environ.get("BLOTTER_URL")
        if not url:
            settings = find_settings(data)
            url = f"http://{settings.host}:{settings.port}"
        return cls(url, token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, **parameters: str | int) -> dict[str, Any]:
        """A JSON body; RefusedByServerError when there is none."""
        return dict(_checked(self._client.get(path, params=parameters)).json())

    def fetch(self, path: str, **parameters: str | int) -> httpx.Response:
        """A whole answer."""
        return _checked(self._client.get(path, params=parameters))

    def post(
        self, path: str, body: dict[str, Any] | None = None, version: int | None = None
    ) -> dict[str, Any]:
        """A command, against a version where it needs one."""
        headers = {} if version is None else {"if-match": f'"{version}"'}
        return dict(_checked(self._client.post(path, json=body, headers=headers)).json())

    def subject(self, number: str, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        """A command about the personal data of a report, against the version it has now."""
        place = f"/api/v1/subjects/{quote(number, safe='')}"
        return self.post(f"{place}/{verb}", body, self.get(place)["version"])

    def case(self, number: str, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        """A command about a call, against the version it has now."""
        place = f"/api/v1/cases/{quote(number, safe='')}"
        return self.post(f"{place}/{verb}", body, self.get(place)["version"])


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
        words = ": ".join(filter(None, (problem.get("title"), problem.get("detail"))))
    except ValueError:
        words = f"HTTP {answer.status_code}"
    raise RefusedByServerError(words)
