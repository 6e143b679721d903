"""Why a question about history has no answer. The messages hold positions and names, no values."""

from __future__ import annotations


class UnknownNumberError(Exception):
    """No report, call or case has this number, or none had it then."""


class MisledError(Exception):
    """The view's row for the number points to events without that number: the view is wrong."""


class CannotCompareError(Exception):
    """The live state cannot be compared with the ledger; the message says why."""


class CannotReplayError(CannotCompareError):
    """An event that this version cannot read or fold: nobody can say what the state was."""

    def __init__(self, position: int, error: Exception) -> None:
        kind = type(error).__name__
        super().__init__(f"the event at position {position} cannot be replayed: {kind}")
        self.position = position
