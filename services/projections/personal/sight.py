"""What one reader sees of a record's personal values at one moment. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.projections.personal.masking import in_the_clear, masked
from services.projections.personal.visibility import MAY_REVEAL, sees_at_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.access import PersonalDataRevealed
    from events.personal import Personal
    from services.runtime.identity import Role

ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Sight:
    """The role, and the reveals in force for this session and record."""

    role: Role
    reveals: Sequence[PersonalDataRevealed] = ()

    def sees(self, field: str, position: int) -> bool:
        """Whether that field of the event at that ledger position is in the clear."""
        return sees_at_once(self.role, field) or any(
            field in reveal.fields and position <= reveal.through_position
            for reveal in self.reveals
        )

    def shown(self, field: str, position: int, personal: Personal[Any]) -> Any:
        """What is shown of a value: itself, its mask, or that its key is destroyed."""
        if personal.value is None:
            return ERASED
        show = in_the_clear if self.sees(field, position) else lambda v: masked(field, v)
        return show(personal.value)

    def open_to_ask(self) -> list[str]:
        """The fields this role may reveal, in the order of the form."""
        return sorted(MAY_REVEAL[self.role], reverse=True)
