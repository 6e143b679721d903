"""Whether scikit-learn is installed: only training and evaluating a classifier need it."""

from __future__ import annotations

from importlib.util import find_spec


class MissingExtraError(Exception):
    """scikit-learn is not installed."""

    def __init__(self) -> None:
        super().__init__("this needs scikit-learn: install the extra `train`")


def need_training() -> None:
    """MissingExtraError unless scikit-learn is installed."""
    if find_spec("sklearn") is None:
        raise MissingExtraError
