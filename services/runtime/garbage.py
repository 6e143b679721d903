"""Python's cycle collector in a process that takes in thousands of records at once."""

from __future__ import annotations

import gc

YOUNG = 20_000
"""About the objects of one batch; by default the collector runs after 700."""


def collect_seldom() -> None:
    """Exclude objects made at start from collection, and collect about once a batch.

    A batch makes no cycles: its objects go by their counts. Nothing is switched off.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 50)
