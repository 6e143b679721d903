"""Probabilities from scores in milli-nats, with integers only: the same on every machine."""

from __future__ import annotations

from decimal import Context, Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

ONE: Final = 1 << 24
"""Certainty in internal units."""
WHOLE: Final = 1000
"""Certainty in results: probabilities are in thousandths."""
FARTHEST_NATS: Final = 16
"""A score this far below the best adds less than half a unit."""


@cache
def _tables() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """exp(-n) for whole nats and exp(-m/1000) for the rest; decimal rounds the same everywhere."""
    context = Context(prec=20)

    def power(exponent: Decimal) -> int:
        return int((context.exp(-exponent) * ONE).to_integral_value())

    nats = tuple(power(Decimal(n)) for n in range(FARTHEST_NATS + 1))
    return nats, tuple(power(Decimal(m) / 1000) for m in range(1000))


def decayed(milli_nats: int) -> int:
    """exp(-milli_nats / 1000) in units of `ONE`, for a number from 0 on."""
    nats, rest = divmod(milli_nats, 1000)
    if nats > FARTHEST_NATS:
        return 0
    whole, part = _tables()
    return whole[nats] * part[rest] // ONE


def shares(scores: Sequence[int]) -> list[int]:
    """The softmax of scores in milli-nats, in thousandths, rounded down."""
    best = max(scores)
    farthest = best - 1000 * (FARTHEST_NATS + 1)
    powers = [decayed(best - score) if score > farthest else 0 for score in scores]
    total = sum(powers)
    return [power * WHOLE // total for power in powers]


def probability(log_odds: int) -> int:
    """The probability of log odds in milli-nats, in thousandths, rounded down."""
    other = decayed(abs(log_odds))
    return (ONE if log_odds > 0 else other) * WHOLE // (ONE + other)


@cache
def _halvings() -> tuple[int, ...]:
    """2^(-m/1000) for thousandths of a bit."""
    context = Context(prec=20)
    half = context.ln(Decimal(2)) / 1000
    return tuple(int((context.exp(-half * m) * ONE).to_integral_value()) for m in range(1000))


def halved(milli_bits: int) -> int:
    """2^(-milli_bits / 1000) in units of `ONE`, for a number from 0 on."""
    bits, rest = divmod(milli_bits, 1000)
    return _halvings()[rest] >> bits


def odds(milli_bits: int) -> int:
    """The probability of log odds in thousandths of a bit, in thousandths, rounded down."""
    other = halved(abs(milli_bits))
    return (ONE if milli_bits > 0 else other) * WHOLE // (ONE + other)
