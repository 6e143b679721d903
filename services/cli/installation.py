"""Which installation a command is about: `--data`, `BLOTTER_DATA`, or the environment's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import SecretStr

from services.agency.default import default_agency
from services.local.installation import Installation
from services.runtime.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from pathlib import Path


class NotFoundError(Exception):
    """There is no running installation to talk to; the message says where it was looked for."""


def find_settings(data: Path | None) -> Settings:
    """Settings of the running local installation, or of the environment; else NotFoundError."""
    if data is None and os.environ.get("BLOTTER_DATABASE_URL"):
        try:
            return read_settings()
        except SettingsError as error:
            raise NotFoundError(str(error)) from None
    installation = Installation.find(data)
    running = installation.read()
    if running is None or installation.supervisor_pid() is None:
        raise NotFoundError(f"nothing runs in {installation.data}: start it with `blotter up`")
    return Settings(
        database_url=running.database_url,
        kafka_bootstrap=running.kafka_bootstrap,
        master_key=SecretStr(installation.master_key()),
        agency=default_agency(),
        keys=installation.keys,
        development_password=SecretStr(installation.development_password()),
        port=int(running.url.rpartition(":")[2]),
    )
