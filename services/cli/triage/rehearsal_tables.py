"""The answer of `blotter triage shadow` as tables, and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from services.triage.domain.rates import rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.triage import GateFigure
    from services.triage.runs import Kept, Run

MOST_PRINTED = 40
PARTS = ("emergency", "type", "urgency", "severity", "desk", "district")


def as_json(run: Run, gates: Sequence[GateFigure], differences: Sequence[Kept]) -> dict[str, Any]:
    """The whole report."""
    return {
        "run": str(run.run_id),
        "bundle": run.bundle,
        "baseline": run.baseline,
        "since": run.since.isoformat() if run.since else None,
        "by": run.by,
        "began_at": run.began_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "figures": run.figures.model_dump() if run.figures else None,
        "rates": {name: each.as_json() for name, each in rates(run.figures).items()},
        "gates": [gate.model_dump() for gate in gates],
        "passed": bool(gates) and all(gate.passed for gate in gates),
        "differences": [asdict(each) for each in differences],
    }


def print_rehearsal(run: Run, gates: Sequence[GateFigure], differences: Sequence[Kept]) -> None:
    """Figures, gates, and the differences that weigh most; lost emergencies always all."""
    assert run.figures is not None
    figures = Table("what", "reports", "share", "95 % bounds")
    for name, rate in rates(run.figures).items():
        figures.add_row(name.replace("_", " "), str(rate.count), rate.value, rate.bounds)
    judged = Table("gate", "found", "limit", "")
    for gate in gates:
        word = "passed" if gate.passed else "FAILED"
        judged.add_row(gate.gate, f"{gate.value:g}", f"{gate.limit:g}", word)
    console = Console()
    console.print(
        f"{run.bundle[:12]} beside {run.baseline[:12]}: {run.figures.reports} reports of"
        f" {run.figures.days} days, {run.figures.unreadable} of them erased; run {run.run_id}"
    )
    console.print(figures)
    console.print(judged)
    _print_differences(differences)


def _print_differences(differences: Sequence[Kept]) -> None:
    lost = sum("emergency_lost" in each.kinds for each in differences)
    shown = differences[: max(MOST_PRINTED, lost)]
    for each in shown:
        print(f"{each.report_number}: {', '.join(each.kinds).replace('_', ' ')}")
        for word, side in (("before", each.before), ("after", each.after)):
            print(f"  {word}: {_described(side)}")
    if len(differences) > len(shown):
        print(f"… and {len(differences) - len(shown)} more: --json has all of them")


def _described(side: dict[str, Any]) -> str:
    parts = [f"{name} {side[name]}" for name in PARTS if side[name] is not None]
    links = [f"{link['relation']} {link['to']}" for link in side["links"]]
    rules = " ".join(f"{reason['of']}={reason['rule']}" for reason in side["reasons"])
    return "; ".join([", ".join([*parts, *links]), rules])
