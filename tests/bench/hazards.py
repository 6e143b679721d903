"""How long a text takes to be assessed, beside a list of 37 words as one regular expression.

Texts: our own and real call narratives, read in place where they are there; a round takes them all
and the two take turns. The figure is the mean of a text in the median round.
"""

from __future__ import annotations

import csv
import gzip
import os
import random
import re
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import TYPE_CHECKING

from services.hazards.texts import assess_text, read_rules
from tests.bench.result import Goal, Result, machine_without_servers, percentile
from tests.safety.texts import own

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.bench.run import Run

NARRATIVES = "ucpd_narratives_dev.csv.gz"
COLUMN = "Comments / Nature of Fire"
MEAN, SLOWEST = "a text assessed, µs (mean)", "a text assessed, µs (p99 of texts)"
WORDS = "37 words by one regular expression, µs (mean)"
TRIGGERS = (
    "gun knife weapon shot stabbed fire smoke gas explosion bomb bleeding unconscious breathing"
    " choking overdose suicide kill hostage intruder break-in kidnapped missing drowning trapped"
    " crash injured seizure stroke assault attack rape robbery fight scream help emergency dead"
)
FLOOR = re.compile(r"\b(?:" + "|".join(TRIGGERS.split()) + r")\w*", re.I)


def measure(run: Run) -> Result:
    """The median of some rounds."""
    texts = _texts(run)
    rounds = run.size(15, 1)
    read_rules()
    ours, floor, slowest = [], [], []
    for _ in range(rounds):
        each = _timed(assess_text, texts)
        ours.append(mean(each))
        slowest.append(percentile(each, 99))
        floor.append(mean(_timed(FLOOR.search, texts)))
    return Result(
        name="hazards",
        seed=run.seed,
        sizes={"texts": len(texts), "characters, mean": mean(map(len, texts)), "rounds": rounds},
        figures={MEAN: median(ours), SLOWEST: median(slowest)},
        floors={WORDS: median(floor)},
        ratios={"assessed / by words": median(ours) / median(floor)},
        spread={MEAN: (min(ours), max(ours))},
        goals=(Goal(MEAN, "at most", 100),),
        machine=machine_without_servers(),
    )


def _texts(run: Run) -> Sequence[str]:
    """Our own texts and as many real ones of 120 to 220 characters."""
    texts = [each.text for each in own()]
    data = Path(os.environ.get("BLOTTER_SHARED", "../shared")) / "data" / NARRATIVES
    if data.exists():
        with gzip.open(data, "rt", errors="replace") as file:
            real = [row[COLUMN] or "" for row in csv.DictReader(file)]
        fitting = [text for text in real if 120 <= len(text) <= 220]
        texts += random.Random(run.seed).sample(fitting, min(len(texts), len(fitting)))
    return texts[: run.size(len(texts), 100)]


def _timed(what: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Microseconds of each text; nothing is remembered of a text as a whole."""
    found = []
    for text in texts:
        began = perf_counter()
        what(text)
        found.append((perf_counter() - began) * 1e6)
    return found
