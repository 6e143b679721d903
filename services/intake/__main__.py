"""`python -m services.intake`."""

import asyncio

from services.intake.app import run
from services.runtime.log import configure
from services.runtime.settings import read_settings

if __name__ == "__main__":
    settings = read_settings()
    configure("intake", settings.log_level)
    asyncio.run(run(settings))
