"""What a verification found, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.proofs.finding import Finding

SOUND, TAMPERED, CANNOT_TELL = 0, 1, 2
WORDS = {SOUND: "sound", TAMPERED: "tampered", CANNOT_TELL: "cannot tell"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Positions are inclusive. `signed`: so many events are under a checkpoint that holds."""

    requested: tuple[int, int]
    found: tuple[int, int]
    checkpoints: tuple[int, int]
    """How many held, and how many there are in the range."""
    events: tuple[int, int]
    signed: int
    origin: str | None
    signers: Sequence[str]
    pinned: bool
    finding: Finding | None = None
    doubts: Sequence[str] = ()
    record: str | None = None
    """The number of the record that was verified alone."""
    not_signed: int | None = None
    """How many of the record's events no checkpoint covers yet."""

    @property
    def code(self) -> int:
        """0 sound, 1 tampered, 2 cannot tell."""
        if self.finding is not None:
            return TAMPERED
        return CANNOT_TELL if self.doubts else SOUND

    @property
    def unsigned(self) -> int:
        """Events at the end of the range that no checkpoint covers yet."""
        if self.not_signed is not None:
            return self.not_signed
        return max(self.found[1] + 1 - self.signed, 0)

    def summary(self) -> dict[str, Any]:
        """As JSON."""
        finding = self.finding
        return {
            "verdict": WORDS[self.code],
            "exit": self.code,
            "log": self.origin,
            "record": self.record,
            "requested": list(self.requested),
            "found": list(self.found),
            "events": list(self.events),
            "checkpoints": list(self.checkpoints),
            "signed_events": self.signed,
            "unsigned_events": self.unsigned,
            "keys": list(self.signers),
            "key_pinned": self.pinned,
            "first_bad": None
            if finding is None
            else {
                "position": finding.position,
                "until": finding.until,
                "checkpoint": finding.checkpoint,
                "problem": finding.problem,
            },
            "doubts": list(self.doubts),
        }


def lines(summary: dict[str, Any]) -> list[str]:
    """A summary as people read it."""
    written = [
        *([f"record       {record}"] if (record := summary.get("record")) else []),
        f"log          {summary['log'] or 'unknown'}",
        f"requested    {_range(summary['requested'])}",
        f"found        {_range(summary['found'])}",
        f"events       {summary['events'][0]}/{summary['events'][1]}",
        f"checkpoints  {summary['checkpoints'][0]}/{summary['checkpoints'][1]}",
        *(f"signed by    {key}" for key in summary["keys"]),
    ]
    if summary["unsigned_events"] and not summary["first_bad"]:
        written.append(f"not signed   the last {summary['unsigned_events']} events, so far")
    if bad := summary["first_bad"]:
        written.append(f"TAMPERED     {_place(bad)}: {bad['problem']}")
    written += [f"cannot tell  {doubt}" for doubt in summary["doubts"]]
    if summary["verdict"] == WORDS[SOUND]:
        written.append("sound        " + _how_sound(summary["key_pinned"]))
    return written


def _how_sound(pinned: bool) -> str:
    if pinned:
        return "as signed by the key you gave"
    return (
        "self-consistent; the key came from the same place as the data. Give --key FILE with a key"
        " you obtained otherwise: whoever can rewrite the data can replace the key beside it"
    )


def _range(positions: list[int]) -> str:
    return f"{positions[0]}-{positions[1]}" if positions[1] >= positions[0] else "nothing"


def _place(bad: dict[str, Any]) -> str:
    if bad["checkpoint"]:
        return f"checkpoint of {bad['position']} events"
    if bad["until"] is not None and bad["until"] > bad["position"] + 1:
        return f"first bad position between {bad['position']} and {bad['until'] - 1}"
    return f"first bad position {bad['position']}"
