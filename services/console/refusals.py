"""Refused sign-ins as events: nothing of what was typed, and no more than somebody can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from events.access import SignInRefused
from services.access.reader import Reader
from services.runtime.clock import monotonic_seconds, now
from services.runtime.identity import session_of

if TYPE_CHECKING:
    from services.access.recording import Access

MOST_A_MINUTE = 30
Why = Literal["unknown-account", "wrong-password", "not-possible"]


@dataclass(slots=True)
class Refusals:
    """Records them one by one up to a rate; beyond it they are counted, and the next one says it.

    Somebody who guesses must not be able to fill the ledger. The count is lost with the process.
    """

    access: Access
    _since: float = float("-inf")
    _recorded: int = 0
    _unrecorded: int = 0

    async def record(self, account: str, why: Why) -> None:
        """Before the refusal is answered."""
        if not self._is_room(monotonic_seconds()):
            self._unrecorded += 1
            return
        known = why != "unknown-account"
        event = SignInRefused(
            account=account if known else None,
            account_hash=None if known else self.access.hash_of(account),
            reason=why,
            unrecorded_before=self._unrecorded,
        )
        await self.access.sign_in_refused(_nobody(), event)
        self._unrecorded -= event.unrecorded_before

    def _is_room(self, moment: float) -> bool:
        if moment - self._since >= 60:
            self._since, self._recorded = moment, 0
        self._recorded += 1
        return self._recorded <= MOST_A_MINUTE


def _nobody() -> Reader:
    """Nobody in particular; the refusals of a day are one stream."""
    return Reader(
        "nobody", "none", session_of("refused sign-ins", now().date()), "projections", "console"
    )
