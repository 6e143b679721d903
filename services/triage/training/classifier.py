"""Training a text classifier: scikit-learn fits floating-point weights, the result is in integers.

A blend of two linear models over the same features: one-versus-rest support vector machines, which
classify best, and multinomial naive Bayes, which knows rare labels better. Their sum is linear
again. Its probabilities are calibrated on the last fifth of the rows, which must be in time order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.naive_bayes import MultinomialNB
from sklearn.svm import LinearSVC

from services.triage.domain.text_classifier import TextClassifier, pack
from services.triage.domain.words import features_of
from services.triage.training.tables import TableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from services.triage.training.tables import Labelled

FEWEST_TEXTS: Final = 2
"""A feature that occurs in fewer training texts is left out."""
PENALTY, SMOOTHING, SHARE_OF_BAYES = 0.4, 0.03, 0.05
TEMPERATURES: Final = tuple(0.25 * 1.15**step for step in range(30))
HELD_BACK: Final = 5
"""One row in this many, at the end, is held back for calibration."""
HEAVIEST_MILLI_NATS: Final = 1 << 24


@dataclass(frozen=True)
class Options:
    """Training options. `most_features`: only the features with the largest weights are kept, and
    of those only weights of at least `lightest` milli-nats.
    """

    seed: int = 20261123
    most_features: int | None = None
    lightest: int = 1


class _Vocabulary:
    """The features seen in training; turns texts into rows of scaled counts."""

    def __init__(self, counted: Sequence[Counter[str]]) -> None:
        texts = Counter(feature for row in counted for feature in row)
        kept = sorted(feature for feature, n in texts.items() if n >= FEWEST_TEXTS)
        self.places = {feature: place for place, feature in enumerate(kept)}

    def matrix(self, counted: Sequence[Counter[str]]) -> Any:
        """One row for each text: counts divided by the square root of its number of features."""
        values, columns, ends = [], [], [0]
        for row in counted:
            scale = max(row.total(), 1) ** -0.5
            known = [(self.places[f], n) for f, n in row.items() if f in self.places]
            columns += [place for place, _ in known]
            values += [n * scale for _, n in known]
            ends.append(len(columns))
        return csr_matrix((values, columns, ends), shape=(len(counted), len(self.places)))


@dataclass(frozen=True)
class _Linear:
    """A fitted blend, still in floating point."""

    labels: tuple[str, ...]
    coefficients: NDArray[np.float64]
    priors: NDArray[np.float64]


def train(rows: Labelled, options: Options) -> TextClassifier:
    """A classifier, the same for the same rows and seed. TableError for a single label."""
    if len(set(rows.labels)) < 2:
        raise TableError("there is only one label, so there is nothing to learn")
    counted = [Counter(features_of(text)) for text in rows.texts]
    temperature = _temperature(counted, rows.labels, options)
    vocabulary = _Vocabulary(counted)
    linear = _fit(vocabulary.matrix(counted), rows.labels, options)
    return _whole_numbers(linear, vocabulary, temperature, options)


def _fit(matrix: Any, labels: Sequence[str], options: Options) -> _Linear:
    named = np.array(labels)
    vectors = LinearSVC(C=PENALTY, random_state=options.seed).fit(matrix, named)
    bayes = MultinomialNB(alpha=SMOOTHING).fit(matrix, named)
    coefficients, priors = vectors.coef_, vectors.intercept_
    if len(vectors.classes_) == 2:
        coefficients, priors = np.vstack([-coefficients, coefficients]), np.r_[-priors, priors]
    known = bayes.feature_log_prob_ - bayes.feature_log_prob_.mean(axis=0)
    before = bayes.class_log_prior_ - bayes.class_log_prior_.mean()
    return _Linear(
        tuple(map(str, vectors.classes_)),
        coefficients + SHARE_OF_BAYES * known,
        priors + SHARE_OF_BAYES * before,
    )


def _temperature(counted: Sequence[Counter[str]], labels: Sequence[str], options: Options) -> float:
    """The factor for scores that makes their softmax fit held-back rows."""
    cut = len(labels) - len(labels) // HELD_BACK
    known = set(labels[:cut])
    later = [i for i in range(cut, len(labels)) if labels[i] in known]
    if len(known) < 2 or not later:
        return 1.0
    vocabulary = _Vocabulary(counted[:cut])
    linear = _fit(vocabulary.matrix(counted[:cut]), labels[:cut], options)
    scores = vocabulary.matrix([counted[i] for i in later]) @ linear.coefficients.T + linear.priors
    place = {label: i for i, label in enumerate(linear.labels)}
    truth = np.array([place[labels[i]] for i in later])
    return min(TEMPERATURES, key=lambda times: _log_loss(scores * times, truth))


def _log_loss(scores: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    best = scores.max(axis=1, keepdims=True)
    total = np.log(np.exp(scores - best).sum(axis=1)) + best[:, 0]
    return float((total - scores[np.arange(len(truth)), truth]).mean())


def _whole_numbers(
    linear: _Linear, vocabulary: _Vocabulary, temperature: float, options: Options
) -> TextClassifier:
    """The model in milli-nats; weights that round to zero are dropped."""
    scaled = np.rint(linear.coefficients * temperature * 1000)
    scaled[np.abs(scaled) < options.lightest] = 0
    limit = HEAVIEST_MILLI_NATS
    weights = np.clip(scaled, -limit, limit).astype(np.int64)
    priors = np.rint(linear.priors * temperature * 1000).astype(np.int64)
    order = np.argsort(-np.abs(weights).max(axis=0), kind="stable")[: options.most_features]
    kept = set(order.tolist())
    packed = {
        feature: pack({int(lane): int(column[lane]) for lane in column.nonzero()[0]})
        for feature, place in vocabulary.places.items()
        if place in kept and (column := weights[:, place]).any()
    }
    return TextClassifier(linear.labels, tuple(map(int, priors)), packed)
