"""Who may deliver, and when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.webhook_signature import TOLERANCE_SECONDS, is_genuine, signature

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AT = str(int(NOW.timestamp()))
SECRET, BODY = b"secret", b'{"text": "hello"}'


def test_a_known_value() -> None:
    """The same as `printf '1.hi' | openssl dgst -sha256 -hmac key`."""
    known = "7630b1ac232f1f705ce0be565bdc2947f0eefa51b3549b6a01226c6afc8b62c8"
    assert signature(b"key", "1", b"hi") == f"v1={known}"


def test_what_is_signed_now_is_genuine() -> None:
    right = signature(SECRET, AT, BODY)
    assert is_genuine(SECRET, AT, right, BODY, NOW)
    assert is_genuine(SECRET, AT, f"v1=00, {right}", BODY, NOW)


@pytest.mark.parametrize("late", [-TOLERANCE_SECONDS - 1, TOLERANCE_SECONDS + 1])
def test_an_old_delivery_is_not(late: int) -> None:
    at = str(int(AT) + late)
    assert not is_genuine(SECRET, at, signature(SECRET, at, BODY), BODY, NOW)


def test_another_body_secret_or_time_is_not() -> None:
    right = signature(SECRET, AT, BODY)
    assert not is_genuine(SECRET, AT, right, BODY + b" ", NOW)
    assert not is_genuine(b"other", AT, right, BODY, NOW)
    assert not is_genuine(SECRET, str(int(AT) + 1), right, BODY, NOW)
    assert not is_genuine(None, AT, signature(bytes(32), AT, BODY), BODY, NOW)


@given(timestamp=st.text(), signatures=st.text(), body=st.binary())
def test_nothing_that_is_sent_breaks_it(timestamp: str, signatures: str, body: bytes) -> None:
    assert not is_genuine(SECRET, timestamp, signatures, body, NOW)
