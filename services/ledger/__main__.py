"""`python -m services.ledger`."""

import asyncio

from services.ledger.app import run
from services.runtime.log import configure
from services.runtime.settings import read_settings

if __name__ == "__main__":
    settings = read_settings()
    configure("ledger", settings.log_level)
    asyncio.run(run(settings))
