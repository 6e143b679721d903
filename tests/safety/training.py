"""Learn layer L2 from our own texts: `python -m tests.safety.training` writes the weights.

Offline, with scikit-learn; the threshold is the score that so many of the harmless texts reach when
each is scored by weights learned without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from services.hazards.learned import WEIGHTS, Learned, Scorer, features_of
from services.hazards.lexicon import lexicon
from services.hazards.tokens import END, words_of
from tests.safety.texts import own

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED = 20261123
FALSE_ALARMS = 0.04
"""Share of the harmless texts that may reach the threshold."""
MOST_WEIGHTS = 12_000
STRENGTH = 10.0
"""Inverse of the regularisation."""


def main() -> None:
    """Train, choose the threshold, write."""
    texts = list(own())
    words = [[w for w in words_of(each.text).texts if w != END] for each in texts]
    emergency = np.array([each.emergency for each in texts])
    unseen = np.zeros(len(texts))
    for known, left in StratifiedKFold(10, shuffle=True, random_state=SEED).split(words, emergency):
        learned = learn([words[i] for i in known], emergency[known])
        scorer = Scorer(learned, lexicon().concepts)
        unseen[left] = [scorer.score(words[i]) for i in left]
    threshold = int(np.quantile(unseen[~emergency], 1 - FALSE_ALARMS)) + 1
    found = float((unseen[emergency] >= threshold).mean())
    learned = learn(words, emergency)
    whole = Learned(learned.prior, threshold, learned.weights)
    WEIGHTS.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=0) + b"\n")
    print(f"{len(texts)} texts, {len(whole.weights)} weights, threshold {threshold}, "
          f"of unseen emergencies {found:.3f} are found by this layer alone")  # fmt: skip


def learn(words: Sequence[Sequence[str]], emergency: np.ndarray[Any, Any]) -> Learned:
    """Weights in thousandths, the smallest left out."""
    concepts = lexicon().concepts
    vectorizer = CountVectorizer(analyzer=lambda each: list(features_of(each, concepts)))
    counts: Any = vectorizer.fit_transform(words).astype(float)
    # As the scorer: divided by the root of the number of features, repeats included.
    rows = counts.multiply(1 / np.sqrt(counts.sum(axis=1))).tocsr()
    model = LogisticRegression(C=STRENGTH, max_iter=5000, class_weight="balanced")
    model.fit(rows, emergency)
    weights = dict(zip(vectorizer.get_feature_names_out(), model.coef_[0], strict=True))
    kept = sorted(weights, key=lambda name: (-abs(weights[name]), name))[:MOST_WEIGHTS]
    thousandths = {name: round(1000 * weights[name]) for name in sorted(kept)}
    return Learned(round(1000 * float(model.intercept_[0])), 0, thousandths)


if __name__ == "__main__":
    main()
