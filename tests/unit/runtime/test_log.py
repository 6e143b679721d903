"""Every line is JSON with a service and a correlation id."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
from services.runtime.log import configure, correlated, logger
import logging
configure("intake")
logger().info("outside")
with correlated("abc"):
    logger().info("inside")
logging.getLogger("kafka").error("a library's line")
"""


def test_every_line_carries_a_correlation_id() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["outside", "inside", "a library's line"]
    assert all(line["service"] == "intake" and line["correlation_id"] for line in lines)
    assert lines[1]["correlation_id"] == "abc" != lines[0]["correlation_id"]
