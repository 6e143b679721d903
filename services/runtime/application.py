"""The web application before any service adds its routes: problems, static files, `/health`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI

from services.runtime import pages, problems

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager


def application(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]) -> FastAPI:
    """An application that answers errors as RFC 9457 problems and `/health` while it lives."""
    app = FastAPI(
        title="Blotter", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None
    )
    problems.install(app)
    pages.install(app)
    app.add_api_route("/health", _health, include_in_schema=False)
    return app


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C; open streams are ended after two seconds."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=2,
        limit_concurrency=1000,
    )


async def _health() -> dict[str, bool]:
    return {"answers": True}
