"""A verdict in words: what was asked for, what was found, and how far to believe it."""

from __future__ import annotations

from dataclasses import replace

from services.ledger.verifying.verdict import Verdict, lines
from services.proofs.finding import Finding

SOUND = Verdict(
    requested=(0, 99),
    found=(0, 99),
    checkpoints=(3, 3),
    events=(100, 100),
    signed=100,
    origin="blotter/test",
    signers=["blotter/test+key"],
    pinned=True,
)


def told(verdict: Verdict) -> str:
    return "\n".join(lines(verdict.summary()))


def test_what_is_sound_says_by_whose_key() -> None:
    assert told(SOUND).splitlines() == [
        "log          blotter/test",
        "requested    0-99",
        "found        0-99",
        "events       100/100",
        "checkpoints  3/3",
        "signed by    blotter/test+key",
        "sound        as signed by the key you gave",
    ]
    unpinned = told(replace(SOUND, pinned=False))
    assert "self-consistent; the key came from the same place as the data" in unpinned


def test_what_is_tampered_says_where_first() -> None:
    for finding, words in (
        (Finding(7, "missing"), "TAMPERED     first bad position 7: missing"),
        (Finding(7, "no", 12), "TAMPERED     first bad position between 7 and 11: no"),
        (Finding(7, "no", checkpoint=True), "TAMPERED     checkpoint of 7 events: no"),
    ):
        verdict = replace(SOUND, finding=finding)
        assert (verdict.code, words in told(verdict)) == (1, True)


def test_what_cannot_be_told_is_not_called_sound() -> None:
    verdict = replace(SOUND, signed=90, doubts=["asked through 200, but the log ends at 99"])
    assert verdict.code == 2
    assert "not signed   the last 10 events, so far" in told(verdict)
    assert "cannot tell  asked through 200, but the log ends at 99" in told(verdict)
    assert "sound" not in told(verdict)


def test_an_empty_log_is_nothing() -> None:
    empty = replace(SOUND, requested=(0, -1), found=(0, -1), events=(0, 0), signed=0)
    assert "requested    nothing" in told(empty)
