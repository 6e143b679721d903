"""Comparing a partner's event with earlier ones under the same id. Pure.

A repeat changes nothing; other content supplements the report, where its type is one that can grow;
what contradicts the id's own past is refused. Nothing is passed over in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.intake.domain.inbound import REPORTS, PartnerReport, RefusedError

if TYPE_CHECKING:
    from services.intake.domain.referral_answer import AnsweredReferral


@dataclass(slots=True)
class Earlier:
    """What is known under an id: from where, of what type, each content with its revision.

    None stands for what was not recorded at the time.
    """

    report_number: str
    source: str | None
    type: str | None
    revisions: dict[bytes, int] = field(default_factory=dict)

    @property
    def newest(self) -> int:
        """The number of contents that were accepted."""
        return max(self.revisions.values(), default=0)


@dataclass(frozen=True, slots=True)
class Repeat:
    """This content came before, as that revision."""

    revision: int


@dataclass(frozen=True, slots=True)
class Supplement:
    """Other content for a report that is there already."""

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
