"""Why a question about history has no answer. The messages hold positions and names, no values."""

from __future__ import annotations


class UnknownNumberError(Exception):
    """No report, call or case has this number, or none had it then."""


class MisledError(Exception):
    """A view leads from the number to events that do not say it: the view is wrong."""


class CannotCompareError(Exception):
    """Nobody can say whether the live state is right."""


class CannotReplayError(CannotCompareError):
    """An event that this version cannot read or fold: nobody can say what the state was."""

    def __init__(self, position: int, error: Exception) -> None:
        kind = type(error).__name__
        super().__init__(f"the event at position {position} cannot be replayed: {kind}")
        self.position = position
