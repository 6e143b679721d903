"""`python -m services.projections [--with-ledger]`."""

import asyncio
import sys

from services.projections.app import run
from services.runtime.log import configure
from services.runtime.settings import read_settings

if __name__ == "__main__":
    settings = read_settings()
    configure("projections", settings.log_level)
    asyncio.run(run(settings, with_ledger="--with-ledger" in sys.argv[1:]))
