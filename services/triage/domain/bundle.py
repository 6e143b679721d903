"""Everything a decision depends on, in one immutable artefact named by its hash."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, cast

import orjson
from pydantic import ValidationError

from services.agency.classification import CLASSIFICATION_VERSION
from services.agency.loader import FILES, ProfileError, read_profile
from services.agency.urgency import TABLES_VERSION
from services.hazards.structured import OUTCOMES, THREATS, SafetyAnswers, assess
from services.hazards.version import rules_version
from services.triage.domain.duplicate_weights import DuplicateWeights
from services.triage.domain.text_classifier import TextClassifier, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from services.agency.profile import AgencyProfile

FORMAT: Final = "blotter-bundle/1"
LEAST_SURE: Final = 900
SURE_ENOUGH: Final = 400
"""Thousandths; a type with a lower probability is left to a person."""


def rules() -> tuple[str, ...]:
    """The rules that are code, and their lexicons; a bundle is valid only for exactly these."""
    return rules_version(), TABLES_VERSION, CLASSIFICATION_VERSION


class BundleError(Exception):
    """These bytes are no usable bundle; the message says why."""


@dataclass(frozen=True)
class Bundle:
    """What one decision needs besides the report and its neighbours."""

    digest: str
    profile: AgencyProfile
    classifier: TextClassifier | None
    word_weights: Mapping[str, int]
    """Rarity of a word in hundredths of nats; a missing word is rare."""
    duplicates: DuplicateWeights
    sure_enough: int = SURE_ENOUGH

    @cached_property
    def short(self) -> str:
        """A prefix of the hash, for display."""
        return self.digest[:12]


def make_bundle(
    profile: Mapping[str, bytes],
    classifier: Mapping[str, Any] | None,
    duplicates: Mapping[str, Any],
) -> bytes:
    """The bytes of a bundle, the same for the same parts."""
    learned = dict(classifier or {})
    content = {
        "format": FORMAT,
        "rules": rules(),
        "profile": {name: profile[name].decode() for name in FILES},
        "word_weights": learned.pop("word_weights", {}),
        "classifier": learned or None,
        "duplicates": DuplicateWeights.model_validate(duplicates).model_dump(mode="json"),
        "calibration": {"sure_enough": SURE_ENOUGH},
    }
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def read_bundle(content: bytes) -> Bundle:
    """The bundle in these bytes; BundleError when they are none or made for other rules."""
    try:
        raw = orjson.loads(content)
        if raw["format"] != FORMAT or tuple(raw["rules"]) != rules():
            raise BundleError(f"made for {raw['format']}, {', '.join(raw['rules'])}")
        files = {name: raw["profile"][name].encode() for name in FILES}
        return Bundle(
            digest=sha256(content).hexdigest(),
            profile=read_profile(cast("Path", PurePath("bundle")), files, []),
            classifier=classifier_from(raw["classifier"]) if raw["classifier"] else None,
            word_weights=raw["word_weights"],
            duplicates=DuplicateWeights.model_validate(raw["duplicates"]),
            sure_enough=int(raw["calibration"]["sure_enough"]),
        )
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise BundleError(f"not a bundle: {type(error).__name__}") from None
    except (ValueError, ValidationError, ProfileError) as error:
        raise BundleError(f"not a usable bundle: {error}") from None


def with_rules_of_today(content: bytes) -> bytes:
    """The same bundle for this software's rules; BundleError when the bytes are no bundle."""
    try:
        raw = orjson.loads(content)
        raw["rules"] = rules()
    except (orjson.JSONDecodeError, TypeError) as error:
        raise BundleError(f"not a bundle: {type(error).__name__}") from None
    return orjson.dumps(raw, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def classifier_as_json(classifier: TextClassifier) -> dict[str, Any]:
    """The classifier with each feature's weights as label, weight, label, weight, …."""
    lanes = len(classifier.labels)
    return {
        "labels": classifier.labels,
        "priors": classifier.priors,
        "weights": {
            feature: [
                part
                for place, weight in enumerate(unpack(packed, lanes))
                if weight
                for part in (place, weight)
            ]
            for feature, packed in classifier.weights.items()
        },
    }


def classifier_from(raw: Mapping[str, Any]) -> TextClassifier:
    """The inverse of `classifier_as_json`."""
    return TextClassifier(
        tuple(raw["labels"]),
        tuple(raw["priors"]),
        {
            feature: pack(dict(zip(flat[::2], flat[1::2], strict=True)))
            for feature, flat in raw["weights"].items()
        },
    )


def failed_gates(bundle: Bundle) -> Iterator[str]:
    """Why the bundle must not be activated; empty when it may be."""
    known = bundle.profile.known_types
    if bundle.classifier is not None:
        if not set(bundle.classifier.labels) <= known:
            strange = sorted(set(bundle.classifier.labels) - known)
            yield f"the classifier knows types the profile does not: {', '.join(strange)}"
        if len(bundle.classifier.labels) != len(bundle.classifier.priors):
            yield "the classifier has not one prior for each label"
    if bundle.profile.type_or_unknown("").in_progress is not None:
        yield "the unknown type must ask whether it is happening now"
    divert = OUTCOMES[-1]
    for question in THREATS:
        answers = SafetyAnswers.model_validate({question: "yes"})
        for known_type in bundle.profile.types.values():
            if assess(answers, known_type.in_progress, "live").outcome != divert:
                yield f"a yes about {question} does not divert a report of {known_type.id}"
    if bundle.duplicates.auto < LEAST_SURE:
        yield f"reports would be linked without a person at {bundle.duplicates.auto} thousandths"
