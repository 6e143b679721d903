"""Refusals in the standard's own format: a list of codes with a text for the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.responses import Response

from services.intake.open311.spark import MEDIA_TYPES, render

if TYPE_CHECKING:
    from services.intake.open311.spark import Format, Value
    from services.runtime.problems import ProblemError


class Open311Error(Exception):
    """A refusal. `code` may differ from `status`, which the standard limits to 400, 403 and 404."""

    def __init__(
        self,
        status: int,
        description: str,
        *,
        code: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(description)
        self.status = status
        self.code = code or status
        self.description = description
        self.headers = headers or {}

    def response(self, form: Format) -> Response:
        """The HTTP answer."""
        errors: list[Value] = [{"code": self.code, "description": self.description}]
        headers = {**self.headers, "Cache-Control": "no-store", "Content-Type": MEDIA_TYPES[form]}
        return Response(render("errors", errors, form), self.status, headers)


def of_problem(problem: ProblemError) -> Open311Error:
    """A problem in the standard's format, with the instruction if it is an emergency."""
    emergency = problem.extra.get("emergency") or {}
    sentences = (f"{problem.title}.", problem.detail, emergency.get("instruction", ""))
    known = problem.status in (403, 404, 405) or problem.status >= 500
    return Open311Error(
        problem.status if known else 400,
        " ".join(filter(None, sentences)),
        code=problem.status,
        headers=problem.headers,
    )


def bad_request(description: str, code: int = 400) -> Open311Error:
    """400: something in the request cannot be used."""
    return Open311Error(400, description, code=code)


def not_found(description: str) -> Open311Error:
    """404: there is no such thing, or none that is public."""
    return Open311Error(404, description)
