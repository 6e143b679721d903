"""RFC 9457 problems: every refusal over HTTP has one form, a plain title and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import psycopg
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from services.runtime.log import logger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request

MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """A refusal that becomes a problem. `extra` adds members; nothing personal belongs in it."""

    def __init__(
        self,
        status: int,
        name: str,
        title: str,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.name = name
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra

    def response(self) -> Response:
        """The HTTP answer."""
        body = {
            "type": f"/problems/{self.name}",
            "title": self.title,
            "status": self.status,
            **({"detail": self.detail} if self.detail else {}),
            **self.extra,
        }
        return Response(orjson.dumps(body), self.status, self.headers, MEDIA_TYPE)


def answer(request: Request, problem: ProblemError) -> Response:
    """The problem as JSON for programs; as a page, or the sign-in, for a browser."""
    pages = getattr(request.app.state, "pages", None)
    by_browser = "text/html" in request.headers.get("accept", "")
    if pages is None or not by_browser or request.url.path.startswith("/api/"):
        return problem.response()
    if problem.status == 401:
        return RedirectResponse("/console/sign-in", 303)
    back = request.url.path.rpartition("/")[0] if request.method == "POST" else "/"
    page: Response = pages.page(
        "problem.html", status=problem.status, problem=problem, back=back or "/"
    )
    page.headers.update(problem.headers)
    return page


def unavailable(**extra: Any) -> ProblemError:
    """503: Postgres does not answer, and nothing was stored."""
    return ProblemError(
        503,
        "unavailable",
        "Blotter cannot store anything at the moment",
        "Nothing was kept. Try again in a moment.",
        headers={"Retry-After": "5"},
        **extra,
    )


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem."""

    @app.exception_handler(ProblemError)
    async def _problem(request: Request, error: ProblemError) -> Response:
        return answer(request, error)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        problem = ProblemError(error.status_code, "http", str(error.detail), headers=error.headers)
        return answer(request, problem)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        where = [".".join(map(str, part["loc"])) + ": " + part["msg"] for part in error.errors()]
        problem = ProblemError(422, "invalid", "The request is not valid", "; ".join(where))
        return answer(request, problem)

    @app.exception_handler(psycopg.OperationalError)
    @app.exception_handler(PoolTimeout)
    async def _away(request: Request, error: Exception) -> Response:
        logger().error("http.postgres-away", error=type(error).__name__)
        return answer(request, unavailable())

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:
        logger().error("http.unexpected", error=type(error).__name__)
        return answer(request, ProblemError(500, "unexpected", "Something went wrong on our side"))
