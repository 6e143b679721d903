"""An installation elsewhere, asked over HTTP with an auditor's own token."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Self

import httpx

if TYPE_CHECKING:
    from pathlib import Path

PLACE = "/api/v1/audit"
TIMEOUT_SECONDS = 60


class CannotTellError(Exception):
    """An auditor's question that has no answer, in words; the command exits with 2."""


class FoundWrongError(Exception):
    """The server found something wrong (409): the command exits with 1."""


class Remote:
    """The audit part of an installation's API."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(
            base_url=url, timeout=TIMEOUT_SECONDS, headers={"authorization": f"Bearer {token}"}
        )

    @classmethod
    def of(cls, data: Path | None) -> Self | None:
        """The one at `BLOTTER_URL`; None when the question is about an installation here.

        `--data` says so, whatever the environment says.
        """
        url = os.environ.get("BLOTTER_URL")
        if data is not None or not url:
            return None
        token = os.environ.get("BLOTTER_TOKEN")
        if not token:
            raise CannotTellError(
                "set BLOTTER_TOKEN to a token for the installation at BLOTTER_URL"
            )
        return cls(url, token)

    def get(self, verb: str, **parameters: str | int | None) -> dict[str, Any]:
        """What `/api/v1/audit/VERB` says as JSON; parameters that are None are left out."""
        return dict(self.fetch(verb, **parameters).json())

    def fetch(self, verb: str, **parameters: str | int | list[str] | None) -> httpx.Response:
        """The whole answer; else the server's own words: CannotTellError or FoundWrongError."""
        asked = {name: value for name, value in parameters.items() if value is not None}
        answer = self._client.get(f"{PLACE}/{verb}", params=asked)
        if answer.is_success:
            return answer
        if answer.status_code == httpx.codes.CONFLICT:
            raise FoundWrongError(words(answer))
        raise CannotTellError(words(answer))


def words(answer: httpx.Response) -> str:
    """What a refusal says, in the server's own words."""
    try:
        problem = answer.json()
        return ": ".join(filter(None, (problem.get("title"), problem.get("detail"))))
    except (ValueError, AttributeError):
        return f"HTTP {answer.status_code}"
