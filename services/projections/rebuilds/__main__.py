"""`python -m services.projections.rebuilds VIEW`: one run of the builder; started by the keeper."""

import asyncio
import os
import sys

from services.projections.rebuilds.building import build, orphaned
from services.projections.rebuilds.requests import find_view
from services.projections.runner import StoppedError
from services.runtime.log import configure, logger
from services.runtime.settings import read_settings

POLITENESS = 10
"""Whoever serves goes first."""


def main() -> int:
    settings = read_settings()
    configure("rebuild", settings.log_level)
    os.nice(POLITENESS)
    view = find_view(sys.argv[1])
    try:
        done = asyncio.run(build(settings.database_url, view, orphaned))
    except StoppedError as error:
        logger().error("rebuild.stopped", view=view.name, reason=error.reason)
        return 1
    logger().info("rebuild.ended", view=view.name, built=done)
    return 0


if __name__ == "__main__":
    sys.exit(main())
