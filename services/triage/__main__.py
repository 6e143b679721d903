"""`python -m services.triage`."""

import asyncio

from services.runtime.log import configure
from services.runtime.settings import read_settings
from services.triage.app import run

if __name__ == "__main__":
    settings = read_settings()
    configure("triage", settings.log_level)
    asyncio.run(run(settings))
