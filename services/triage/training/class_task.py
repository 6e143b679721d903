"""`--task class`: train on one file, test on another, with baselines for comparison."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from services.triage.domain.share import share
from services.triage.training.classifier import Options, train
from services.triage.training.scores import calibration, per_class, summary, worst_cell

if TYPE_CHECKING:
    from services.triage.training.tables import Labelled

SURE_ENOUGH = 400
"""Thousandths; a lower probability is left to a person."""


def evaluate_class(trained: Labelled, tested: Labelled, options: Options) -> dict[str, Any]:
    """Every figure of the classifier as deployed, in integers, on rows it has not seen."""
    classifier = train(trained, options)
    scored = [classifier.classify(text) for text in tested.texts]
    answers = [each.label for each in scored]
    right = [a == t for a, t in zip(answers, tested.labels, strict=True)]
    classes = per_class(tested.labels, answers)
    sure = [i for i, each in enumerate(scored) if each.probability >= SURE_ENOUGH]
    known = set(trained.labels)
    return {
        "task": "class",
        **summary(tested.labels, answers),
        "rows": {
            "train": len(trained),
            "test": len(tested),
            "without_label": trained.without_label + tested.without_label,
            "empty_texts": sum(not text.strip() for text in tested.texts),
            "label_never_trained": sum(label not in known for label in tested.labels),
        },
        "labels": len(known),
        "sure_enough": {
            "threshold": SURE_ENOUGH / 1000,
            "rows": share(len(sure), len(tested)).as_json(),
            "accuracy": share(sum(right[i] for i in sure), len(sure)).as_json(),
        },
        "calibration": calibration([each.probability for each in scored], right),
        "worst_cell": worst_cell(classes),
        "floors": floors(trained, tested, options.seed),
        "per_class": classes,
        "seed": options.seed,
    }


def floors(trained: Labelled, tested: Labelled, seed: int) -> dict[str, dict[str, float]]:
    """The figures of trivial classifiers, on the same rows."""
    usual = Counter(trained.labels).most_common(1)[0][0]
    found = {"majority": summary(tested.labels, [usual] * len(tested))}
    models = {
        "tf-idf words, naive Bayes": MultinomialNB(),
        "tf-idf words, logistic regression": SGDClassifier(
            loss="log_loss", alpha=1e-5, random_state=seed
        ),
    }
    for name, model in models.items():
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        try:
            fitted = make_pipeline(words, model).fit(trained.texts, trained.labels)
        except ValueError:  # a row's text may have no word
            continue
        found[name] = summary(tested.labels, [str(a) for a in fitted.predict(tested.texts)])
    return found
