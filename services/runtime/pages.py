"""HTML pages: one template environment, one style sheet, strict headers, no external request."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.runtime.log import correlated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from fastapi import FastAPI, Request
    from fastapi.responses import Response

HERE = Path(__file__).parent
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "object-src 'none'",
    ]
)
CORRELATION = re.compile(r"[A-Za-z0-9._-]{1,64}")
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}


class Pages:
    """Renders a service's templates on the shared base, in one agency's name and time zone.

    `lines` are what the agency tells people in an emergency; `shared` is known to every template.
    """

    def __init__(
        self,
        templates: Path,
        *,
        agency: str,
        live: bool,
        zone: ZoneInfo,
        lines: object,
        **shared: object,
    ) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([templates, HERE / "templates"]),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "agency": agency,
            "demonstration": not live,
            "lines": lines,
            **shared,
        }
        self._zone = zone
        self._environment.filters["local_time"] = self._local_time

    def _local_time(self, moment: datetime | None) -> str:
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M:%S}" if moment else ""

    def fragment(self, template: str, **values: Any) -> str:
        """A piece of a page."""
        return self._environment.get_template(template).render(**values)

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A whole page, never stored by caches."""
        return HTMLResponse(
            self.fragment(template, **values), status, {"Cache-Control": "no-store"}
        )


def install(app: FastAPI) -> None:
    """Serve the shared style sheet and script; security headers and a correlation id on all."""
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")

    @app.middleware("http")
    async def _headers(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        given = request.headers.get("x-request-id", "")
        with correlated(given if CORRELATION.fullmatch(given) else None):
            response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
