"""Triage's pages in the states that matter, with `text` wherever somebody might have written it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.triage import bundle_overview
from services.triage.domain.gates import Figures, Limits, judged
from services.triage.domain.rates import rates
from services.triage.runs import Kept, Run

if TYPE_CHECKING:
    from services.runtime.identity import Identity

NOW = datetime(2026, 3, 14, 20, 26, 53, tzinfo=UTC)
FIGURES = Figures(reports=1000, days=30, links=50, link_lost=2, as_recorded=998, type_changed=3)
BAD = FIGURES.model_copy(update={"emergency_lost": 1, "type_changed": 90})


def _run(number: int, figures: Figures | None) -> Run:
    bundle, baseline = f"{number:064x}", f"{9:064x}"
    finished = NOW if figures else None
    return Run(
        UUID(int=number),
        bundle,
        baseline,
        NOW - timedelta(days=30),
        "operator-1",
        NOW,
        finished,
        400,
        1000,
        figures,
    )


def _activated(text: str, number: int, how: str, **more: Any) -> dict[str, Any]:
    return {
        "bundle": f"{number:064x}",
        "how": how,
        "reason": text,
        "activated_at": NOW,
        "effective": {"0": 18, "11": 4},
        "shadow": None,
        "despite_gates": False,
        "approved_by": None,
        "by": text,
        "version": number,
    } | more


def _side(text: str) -> dict[str, Any]:
    return {
        "emergency": "divert",
        "type": text,
        "urgency": 0,
        "severity": 5,
        "desk": text,
        "district": text,
        "links": [
            {"to": text, "relation": "same", "p": 970},
            {"to": text, "relation": "suggested", "p": None},
        ],
        "reasons": [{"of": "type", "rule": text, "detail": text}],
    }


def staff_states(text: str, operator: Identity) -> list[tuple[str, str, dict[str, Any]]]:
    """Nothing yet; everything at once; rehearsals that passed, failed and go on."""
    runs = [
        {"run": _run(n, figures), "gates": gates, "passed": n == 1, "promotable": n == 1}
        for n, figures in ((1, FIGURES), (2, BAD), (3, None))
        for gates in [judged(figures, Limits()) if figures else ()]
    ]
    past = [
        _activated(text, 4, "rolled-back"),
        _activated(text, 3, "software"),
        _activated(text, 2, "promoted", shadow=UUID(int=2), despite_gates=True, approved_by=text),
        _activated(text, 1, "first", effective={}),
    ]
    page = {"identity": operator, **bundle_overview.viewer_variables(operator), "moment": NOW}
    difference = Kept(1, text, ("emergency_lost", "type_changed"), _side(text), _side(text))
    one: dict[str, Any] = {
        "identity": operator,
        "kinds": bundle_overview.KINDS,
        "after": 100,
        "per_page": 100,
        "differ": 300,
    }
    return [
        ("triage", "triage.html", page | {"past": past, "back": "f" * 64, "runs": runs}),
        ("triage, nothing yet", "triage.html", page | {"past": [], "back": None, "runs": []}),
        (
            "triage, looked at",
            "triage.html",
            page | {"past": past, "back": "f" * 64, "runs": runs, "operates": False},
        ),
        (
            "rehearsal",
            "triage_run.html",
            one
            | {
                "run": _run(2, BAD),
                "gates": judged(BAD, Limits()),
                "rates": rates(BAD),
                "differences": [difference],
            },
        ),
        (
            "rehearsal, going on",
            "triage_run.html",
            one
            | {
                "run": _run(3, None),
                "gates": (),
                "rates": {},
                "differences": [],
                "differ": 0,
                "after": 0,
            },
        ),
    ]
