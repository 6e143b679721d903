"""What a benchmark found: figures, the floors measured in the same run, and how they compare."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any, Literal

import psutil
import psycopg
from rich.table import Table

from services.local.jars import KAFKA
from services.runtime.clock import now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Goal:
    """What one figure or ratio should be."""

    of: str
    is_: Literal["at least", "at most"]
    value: float

    def met_by(self, found: float) -> bool:
        return found >= self.value if self.is_ == "at least" else found <= self.value


@dataclass(frozen=True)
class Result:
    """One benchmark's findings. The unit of each figure is part of its name."""

    name: str
    seed: int
    sizes: Mapping[str, float]
    figures: Mapping[str, float]
    machine: Mapping[str, str]
    floors: Mapping[str, float] = field(default_factory=dict)
    ratios: Mapping[str, float] = field(default_factory=dict)
    spread: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """What lies behind a figure: each round, or the least and most where it is their median."""
    goals: Sequence[Goal] = ()

    def save(self) -> Path:
        """Write it to `results`."""
        RESULTS.mkdir(exist_ok=True)
        file = RESULTS / f"{self.name}.json"
        content: dict[str, Any] = asdict(self) | {"date": now().date().isoformat()}
        for section in ("figures", "floors", "ratios"):
            content[section] = {name: _short(value) for name, value in content[section].items()}
        file.write_text(json.dumps(content, indent=2, default=str) + "\n")
        return file

    def table(self) -> Table:
        """The same for people."""
        table = Table("what", "found", "goal", title=self.name, title_justify="left")
        goals = {goal.of: goal for goal in self.goals}
        for section in (self.figures, self.floors, self.ratios):
            for name, value in section.items():
                goal = goals.get(name)
                wanted = f"{goal.is_} {goal.value:g}" if goal else ""
                colour = "" if goal is None else "[green]" if goal.met_by(value) else "[red]"
                table.add_row(name, f"{colour}{_short(value):,}", wanted)
            table.add_section()
        return table


def _short(value: float) -> float:
    """Four figures are more than these measurements are worth."""
    return float(f"{value:.4g}")


def percentile(values: Sequence[float], per_cent: int) -> float:
    """The value below which `per_cent` of `values` lie."""
    return quantiles(values, n=100, method="inclusive")[per_cent - 1]


def machine(database_url: str) -> dict[str, str]:
    """What it was measured on; nothing that names the machine."""
    with psycopg.connect(database_url) as connection:
        postgres = connection.info.parameter_status("server_version") or ""
    servers = {"kafka": KAFKA.rpartition(":")[2], "postgres": postgres}
    return machine_without_servers() | servers


def machine_without_servers() -> dict[str, str]:
    """The same for what needs no servers."""
    return {
        "cpu": _cpu(),
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
