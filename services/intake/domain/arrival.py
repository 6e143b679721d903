"""Comparing a partner's event with earlier ones under the same id. Pure.

The same content is a repeat and changes nothing; other content is a supplement, if the type allows
supplements; an event that contradicts the earlier ones is refused with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.intake.domain.inbound import REPORTS, PartnerReport, RefusedError

if TYPE_CHECKING:
    from services.intake.domain.referral_answer import AnsweredReferral


@dataclass(slots=True)
class Earlier:
    """The history of an id: report number, source, type, and the revision of each content.

    None stands for values that were not recorded at the time.
    """

    report_number: str
    source: str | None
    type: str | None
    revisions: dict[bytes, int] = field(default_factory=dict)

    @property
    def newest(self) -> int:
        """The revision of the last accepted content."""
        return max(self.revisions.values(), default=0)


@dataclass(frozen=True, slots=True)
class Repeat:
    """The content was accepted before, under this revision."""

    revision: int


@dataclass(frozen=True, slots=True)
class Supplement:
    """Other content for an existing report."""

    revision: int


def judge(fact: PartnerReport | AnsweredReferral, earlier: Earlier) -> Repeat | Supplement:
    """Repeat, supplement or new; RefusedError when the event contradicts earlier ones."""
    if earlier.source is not None and fact.source != earlier.source:
        raise RefusedError("this id came before from another source: ids are unique in a partner")
    same = {fact.digest} | (fact.earlier_digests if isinstance(fact, PartnerReport) else set())
    revisions = [earlier.revisions[digest] for digest in same if digest in earlier.revisions]
    if revisions:
        return Repeat(max(revisions))
    if earlier.type is not None and fact.type != earlier.type:
        raise RefusedError("this id came before with another type of event")
    if fact.type not in REPORTS:
        raise RefusedError(
            "this id came before with other content, and events of this type do not change:"
            " send a new event with an id of its own"
        )
    return Supplement(earlier.newest + 1)
