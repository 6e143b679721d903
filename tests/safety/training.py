"""Learn layer L2 from our own texts: `python -m tests.safety.training` writes the weights.

Offline, with scikit-learn. The thresholds are scores that so many of the harmless texts reach when
each is scored by weights learned without it; only texts by authors who had not seen the rules set
them, since the lexicon was written with the others at hand.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
import numpy as np
from scipy.sparse import csr_matrix, diags, vstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from services.hazards.learned import (
    SIZE_SCALE,
    SMOOTHING_SIZE,
    WEIGHTS,
    Learned,
    Scorer,
    features_of,
    sentences_of,
)
from services.hazards.lexicon import lexicon
from services.hazards.texts import DIVERT, Text, sign_score, signs_of
from services.hazards.tokens import words_of
from tests.safety.texts import own

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.safety.texts import SafetyText

Floats = np.ndarray[Any, np.dtype[np.float64]]
ROOT = Path(__file__).parents[2]
SEED = 20261123
FOLDS = 8
ASKED_OF_HARD, ASKED_OF_ORDINARY = 0.25, 0.18
DIVERTED_OF_HARD, DIVERTED_OF_ORDINARY = 0.05, 0.02
"""Shares of the harmless texts that may reach a threshold."""
SURE_OF, SURE_SHARE = 8, 0.95
"""A phrase diverts by itself that is in so many texts and so seldom in a harmless one."""
LEAST_TEXTS = 2
"""Texts that a feature has to be in."""
MOST_WEIGHTS = 20_000
RARITY = 1.5
STRENGTH = 10.0
"""Inverse of the regularisation."""
AGENCIES = sorted(path.parent.name for path in (ROOT / "deploy" / "agency").glob("*/profile.toml"))
NAMED = re.compile("|".join(AGENCIES))
"""An agency's name teaches nothing that holds elsewhere."""
OTHERS_WEIGH, SENTENCE_WEIGHS = 2.0, 0.3


@dataclass(frozen=True, slots=True)
class Example:
    """A text as the scorer reads it: its words, and what else is in each sentence."""

    said: SafetyText
    words: Sequence[str]
    signs: dict[int, set[str]]
    phrases: frozenset[str]
    """Keys of the phrases that would divert."""
    sign_score: int

    def score(self, scorer: Scorer) -> int:
        """What the text scores by these weights."""
        return scorer.worst(self.words, self.signs).score + self.sign_score

    def sentences(self) -> list[list[str]]:
        """The features of each sentence that has any."""
        concepts = lexicon().concepts
        return [
            [
                *(each for each in features_of(sentence, concepts) if not NAMED.search(each)),
                *sorted(self.signs.get(number, ())),
            ]
            for number, (_, sentence) in enumerate(sentences_of(self.words))
            if sentence
        ]


def main() -> None:
    """Train, choose the thresholds, write."""
    examples = [_example(each) for each in own()]
    groups = [2 * each.said.emergency + each.said.independent for each in examples]
    unseen = np.zeros(len(examples))
    for known, left in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(
        groups, groups
    ):
        scorer = Scorer(learn([examples[i] for i in known]), lexicon().concepts)
        unseen[left] = [examples[i].score(scorer) for i in left]
    ask, divert = thresholds(examples, unseen)
    learned = msgspec.structs.replace(learn(examples), ask=ask, divert=divert)
    WEIGHTS.write_bytes(_lines(learned))
    print(
        f"{len(examples)} texts, {len(learned.weights)} weights, {len(learned.sure)} sure phrases"
    )
    _report(examples, unseen, learned)


def thresholds(examples: Sequence[Example], unseen: Floats) -> tuple[int, int]:
    """The scores from which a person is asked, and from which a text diverts."""
    harmless = np.array([e.said.independent and not e.said.emergency for e in examples])
    ordinary = harmless & np.array([e.said.ordinary for e in examples])
    hard = harmless & ~ordinary

    def least(of_hard: float, of_ordinary: float) -> int:
        reached = (
            np.quantile(unseen[hard], 1 - of_hard),
            np.quantile(unseen[ordinary], 1 - of_ordinary),
        )
        return int(max(reached)) + 1

    return (
        least(ASKED_OF_HARD, ASKED_OF_ORDINARY),
        least(DIVERTED_OF_HARD, DIVERTED_OF_ORDINARY),
    )


def learn(examples: Sequence[Example]) -> Learned:
    """Weights in thousandths; learned twice, the second time from the features that weigh most."""
    names, rarity, model = _fit(examples, None)
    weights = model.coef_[0] * rarity
    order = sorted(range(len(names)), key=lambda i: (-abs(weights[i]), names[i]))
    names, rarity, model = _fit(examples, frozenset(names[i] for i in order[:MOST_WEIGHTS]))
    weights = model.coef_[0] * rarity
    features = {
        name: (round(1000 * float(weight)), round(SIZE_SCALE * float(rare) ** 2))
        for name, weight, rare in sorted(zip(names, weights, rarity, strict=True))
    }
    return Learned(round(1000 * float(model.intercept_[0])), 0, 0, _sure(examples), features)


def _fit(
    examples: Sequence[Example], kept: frozenset[str] | None
) -> tuple[list[str], Floats, LogisticRegression]:
    """The features, how rare each is, and the model. Sentences of harmless texts teach as well."""
    texts = [[f for sentence in each.sentences() for f in sentence] for each in examples]
    vectorizer = CountVectorizer(
        analyzer=lambda each: [f for f in each if kept is None or f in kept],
        min_df=LEAST_TEXTS,
    )
    counts: Any = vectorizer.fit_transform(texts).astype(float)
    within = np.asarray((counts > 0).sum(axis=0)).ravel()
    rarity = (np.log(len(texts) / within) + 0.3) ** RARITY
    harmless = [s for e in examples if not e.said.emergency for s in _several(e.sentences())]
    every = vstack([counts, vectorizer.transform(harmless).astype(float)]).tocsr()
    answers = [e.said.emergency for e in examples] + [False] * len(harmless)
    weighs = [OTHERS_WEIGH if e.said.independent else 1.0 for e in examples]
    weighs += [SENTENCE_WEIGHS] * len(harmless)
    model = LogisticRegression(
        C=STRENGTH,
        tol=1e-7,
        max_iter=5000,
        solver="liblinear",
        class_weight="balanced",
        random_state=SEED,
    )
    model.fit(_rows(every, rarity), answers, sample_weight=weighs)
    return list(vectorizer.get_feature_names_out()), rarity, model


def _rows(counts: csr_matrix, rarity: Floats) -> csr_matrix:
    """As the scorer: weighed by rarity, divided by the root of the sizes, repeats and all."""
    sizes = np.asarray(counts @ rarity**2).ravel() + SMOOTHING_SIZE / SIZE_SCALE
    return cast("csr_matrix", (diags(1 / np.sqrt(sizes)) @ counts @ diags(rarity)).tocsr())


def _several(sentences: list[list[str]]) -> list[list[str]]:
    return sentences if len(sentences) > 1 else []


def _sure(examples: Sequence[Example]) -> tuple[str, ...]:
    within, dangerous = Counter[str](), Counter[str]()
    for each in examples:
        within.update(each.phrases)
        dangerous.update(each.phrases if each.said.emergency else ())
    return tuple(
        sorted(
            key
            for key, texts in within.items()
            if texts >= SURE_OF and dangerous[key] >= SURE_SHARE * texts
        )
    )


def _example(said: SafetyText) -> Example:
    read = Text(said.text, words_of(said.text))
    signs, features = signs_of(read)
    phrases = frozenset(sign.key for sign in signs if sign.hit.outcome == DIVERT)
    return Example(said, read.words.texts, features, phrases, sign_score(signs))


def _lines(learned: Learned) -> bytes:
    """A weight a line, so that a change is seen for what it is."""
    whole = msgspec.json.encode(learned).decode()
    return whole.replace('],"', '],\n"').encode() + b"\n"


def _report(examples: Sequence[Example], unseen: Floats, learned: Learned) -> None:
    for name, score in (("asked or diverted", learned.ask), ("diverted", learned.divert)):
        for emergency, ordinary in ((True, False), (False, False), (False, True)):
            chosen = [
                unseen[i] >= score
                for i, each in enumerate(examples)
                if each.said.independent
                and (each.said.emergency, each.said.ordinary) == (emergency, ordinary)
            ]
            kind = "emergencies" if emergency else "ordinary" if ordinary else "look-alikes"
            print(f"{name} from {score}: {np.mean(chosen):.3f} of {len(chosen)} unseen {kind}")


if __name__ == "__main__":
    main()
