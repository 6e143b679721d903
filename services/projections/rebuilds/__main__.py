"""`python -m services.projections.rebuilds VIEW [BATCH]`: one run of the builder, by the keeper."""

import asyncio
import os
import sys

from services.projections.rebuilds.building import BATCH, build, orphaned
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
    name, batch = (*sys.argv[1:], str(BATCH))[:2]
    view = find_view(name)
    try:
        done = asyncio.run(build(settings.database_url, view, orphaned, int(batch)))
    except StoppedError as error:
        logger().error("rebuild.stopped", view=view.name, reason=error.reason)
        return 1
    logger().info("rebuild.ended", view=view.name, built=done)
    return 0


if __name__ == "__main__":
    sys.exit(main())
