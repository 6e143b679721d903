"""Memory and processor time of an installation's processes, by the names it gives them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from tests.acceptance.installation import Installed


def _families(installed: Installed) -> dict[str, list[psutil.Process]]:
    """Each supervised process with its descendants (Postgres has many), and the supervisor."""
    families = {"supervisor": [psutil.Process(installed.process.pid)]}
    for name, running in installed.running.processes.items():
        if running.pid is not None:
            head = psutil.Process(running.pid)
            families[name] = [head, *head.children(recursive=True)]
    return families


def cpu_seconds(installed: Installed) -> dict[str, float]:
    """User and system time so far, ended children of a family included."""
    spent: dict[str, float] = {}
    for name, family in _families(installed).items():
        spent[name] = 0.0
        for number, process in enumerate(family):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                spent[name] += times.user + times.system
                if number == 0 and name != "supervisor":
                    spent[name] += times.children_user + times.children_system
    return spent


def proportional_bytes(installed: Installed) -> dict[str, int]:
    """Memory (PSS): pages shared by n processes count as an nth to each. Linux only."""
    return {
        name: sum(_pss(process.pid) for process in family)
        for name, family in _families(installed).items()
    }


def _pss(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
