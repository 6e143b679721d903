"""Routes whose failures are answered in the standard's format, in the requested form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from psycopg_pool import PoolTimeout

from services.intake.open311.refusals import Open311Error, of_problem
from services.runtime.log import logger
from services.runtime.problems import ProblemError, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from fastapi import Request, Response

    from services.intake.open311.spark import Format


def form_of(path: str) -> Format:
    """The format named by the end of the path; XML, the standard's default, without one."""
    return "json" if path.endswith(".json") else "xml"


class Open311Route(APIRoute):
    """A route that answers failures with `errors` instead of a problem."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with every failure turned into an answer."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:
                return as_open311_error(error).response(form_of(request.url.path))

        return answered


def as_open311_error(error: Exception) -> Open311Error:
    """The refusal for a failure."""
    match error:
        case Open311Error():
            return error
        case ProblemError():
            return of_problem(error)
        case RequestValidationError():
            return Open311Error(400, "The request cannot be read.")
        case psycopg.errors.QueryCanceled():
            return Open311Error(400, "That would take too long: ask for a shorter time.", code=503)
        case psycopg.OperationalError() | PoolTimeout() | TimeoutError() | OSError():
            logger().error("open311.postgres-away", error=type(error).__name__)
            return of_problem(unavailable())
        case _:
            pass
    logger().error("open311.unexpected", error=type(error).__name__)
    return Open311Error(500, "Something went wrong on our side.")
