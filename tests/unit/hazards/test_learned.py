"""The learned score: what it looks up is what training counted, and more text never lowers it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.hazards.learned import (
    SMOOTHING_SIZE,
    Learned,
    Scorer,
    features_of,
    scorer,
    sentences_of,
)
from services.hazards.texts import Text, signs_of
from services.hazards.tokens import words_of
from tests.safety.texts import own

TEXTS = [each.text for each in own()]


@given(st.sampled_from(TEXTS))
def test_a_sentence_weighs_its_features_and_nothing_else(text: str) -> None:
    weights = scorer().learned.weights
    words, signs = _read(text)
    for number, (_, sentence) in enumerate(sentences_of(words)):
        if sentence:
            also = sorted(signs.get(number, ()))
            features = [*features_of(sentence, scorer().concepts), *also]
            found = [weights[each] for each in features if each in weights]
            alone = Learned(
                0, 0, 0, (), {each: weights[each] for each in features if each in weights}
            )
            total, size = sum(w for w, _ in found), sum(s for _, s in found)
            expected = total * 10 // int((size + SMOOTHING_SIZE) ** 0.5)
            score = Scorer(alone, scorer().concepts).worst(sentence, {0: also}).score
            assert abs(score - expected) <= abs(expected) // 100 + 1


@settings(max_examples=50)
@given(st.sampled_from(TEXTS), st.sampled_from(TEXTS))
def test_another_sentence_behind_never_lowers_the_score(text: str, more: str) -> None:
    whole = scorer().worst(*_read(text + ". " + more)).score
    assert whole >= scorer().worst(*_read(text)).score


def _read(text: str) -> tuple[list[str], dict[int, set[str]]]:
    read = Text(text, words_of(text))
    return read.words.texts, signs_of(read)[1]
