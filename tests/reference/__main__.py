"""`python -m tests.reference`: write `docs/reference/` anew."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from services.agency.default import PROJECT
from services.setup.database import migrate_all
from tests.reference.command_line import command_line
from tests.reference.over_http import over_http
from tests.servers import ThrownAwayPostgres

REFERENCE = PROJECT / "docs" / "reference"


async def _over_http(directory: Path) -> str:
    postgres = ThrownAwayPostgres(directory / "postgres")
    await postgres.start()
    try:
        await migrate_all(postgres.database_url)
        return await over_http(postgres.database_url, directory / "keys")
    finally:
        await postgres.stop()


def write() -> None:
    """Both pages."""
    directory = Path(tempfile.mkdtemp(prefix="blotter-reference-"))
    try:
        (REFERENCE / "http.md").write_text(asyncio.run(_over_http(directory)))
        (REFERENCE / "cli.md").write_text(command_line())
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    write()
