"""What one reader sees of a record's personal values at one moment. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.projections.personal.masking import in_the_clear, masked
from services.projections.personal.visibility import MAY_REVEAL, sees_at_once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from events.access import PersonalDataRevealed
    from events.personal import Personal
    from services.runtime.identity import Role

UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class VisibleFields:
    """The role, the reveals in force for this session and record, and which subjects are closed.

    `hidden` says of a data subject, in one word, why nobody sees its values: erased, sealed.
    """

    role: Role
    reveals: Sequence[PersonalDataRevealed] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)

    def sees(self, field: str, position: int) -> bool:
        """Whether that field of the event at that ledger position is in the clear."""
        return sees_at_once(self.role, field) or any(
            field in reveal.fields and position <= reveal.through_position
            for reveal in self.reveals
        )

    def shown(self, field: str, position: int, personal: Personal[Any]) -> Any:
        """What is shown of a value: itself, its mask, or why nobody sees it."""
        if personal.value is None:
            return self.hidden.get(personal.subject, UNREADABLE)
        show = in_the_clear if self.sees(field, position) else lambda v: masked(field, v)
        return show(personal.value)

    def open_to_ask(self) -> list[str]:
        """The fields this role may reveal, in the order of the form."""
        return sorted(MAY_REVEAL[self.role], reverse=True)
