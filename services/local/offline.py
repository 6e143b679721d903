"""Deciding without servers: bodies of reports in, decisions out, the same function in between."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import orjson

from events.envelope import Purpose
from events.intake import EmergencyAssessment, ReportSubmitted
from events.personal import Personal
from services.hazards.structured import maximum
from services.hazards.texts import assess_texts
from services.hazards.version import rules_version
from services.intake.domain.report import assess_answers
from services.intake.domain.submission import read_submission
from services.triage.domain.block_index import BlockIndex
from services.triage.domain.decision import ReportFacts, consider, decide, fail_safe, horizon_of
from services.triage.training.tables import TableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from events.triage import ReportTriaged
    from services.intake.domain.submission import Submission
    from services.triage.domain.bundle import Bundle

LINES = UUID("0c4c9a3e-6a39-5d0b-8a4b-8a52d1a3f7b1")
ACTIONS = {"same": "auto", "suggested": "suggest"}


@dataclass
class Offline:
    """One run through a file: remembers what it decided, so that lines can be duplicates."""

    bundle: Bundle
    now: datetime
    index: BlockIndex = field(default_factory=BlockIndex)
    ids: dict[UUID, Any] = field(default_factory=dict)
    last: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    def decide(self, number: int, body: dict[str, Any]) -> dict[str, Any]:
        """The decision about one line, which is then known to the lines that follow."""
        given = body.get("id", number)
        fields = {name: value for name, value in body.items() if name != "id"}
        profile = self.bundle.profile
        read = read_submission(fields, profile.known_types, profile.zone, self.now)
        report_id = uuid5(LINES, f"{number}")
        self.ids[report_id] = given
        facts = self._facts(report_id, given, read, asked=fields.get("safety") is not None)
        try:
            considered = consider(self.bundle, facts)
            minutes = int(horizon_of(self.bundle, considered.kind.type).total_seconds() // 60)
            around = self.index.around(considered.traits, minutes)
            decision = decide(self.bundle, considered, around, self.now)
            self.index.add(replace(considered.traits, anchor=decision.anchor))
        except Exception:  # a decision is always made: the same promise as the service's
            decision = fail_safe(self.bundle, facts, self.now)
        return self._described(given, decision, read)

    def _facts(self, report_id: UUID, given: Any, read: Submission, *, asked: bool) -> ReportFacts:
        """A line without `safety` is a record of the past: nobody was asked. Its words count."""
        moment = read.occurred_to or read.occurred_from
        self.last = max(self.last, moment) if moment else self.last
        why = read.purpose if asked else Purpose.IMPORT
        assessment = maximum(
            assess_answers(self.bundle.profile, read.safety, read.type, why),
            assess_texts(read.texts(), read.purpose),
        )
        submitted = ReportSubmitted(
            report_number=str(given),
            channel="api",
            type=read.type,
            occurred_from=read.occurred_from,
            occurred_to=read.occurred_to,
            latitude=read.latitude,
            longitude=read.longitude,
            people_described=len(read.people),
            vehicles_described=len(read.vehicles),
            safety=read.safety.model_dump(exclude_none=True),
            emergency=EmergencyAssessment(
                outcome=assessment.outcome,
                rules=tuple(each.rule for each in assessment.reasons),
                rules_version=rules_version(),
            ),
            statement=Personal(subject=str(report_id), value=read.statement()),
        )
        text = " ".join(filter(None, (read.description, read.location_text)))
        return ReportFacts(
            report_id=report_id,
            submitted=submitted,
            text=text,
            purpose=Purpose(read.purpose),
            received_at=self.last,
            place=read.location_text,
            vehicles=tuple(read.vehicles),
            contact=read.contact,
            received_known=False,
            asked=asked,
        )

    def _described(self, given: Any, decision: ReportTriaged, read: Submission) -> dict[str, Any]:
        return {
            "id": given,
            "emergency": decision.emergency,
            "type": decision.type,
            "group": self.bundle.profile.type_or_unknown(decision.type).group,
            "urgency": decision.urgency,
            "severity": decision.severity,
            "district": decision.district,
            "route": decision.desk,
            "links": [
                {
                    "to": self.ids[link.report_id],
                    "p": (link.probability or 0) / 1000,
                    "action": ACTIONS[link.relation],
                    "evidence_millibits": link.evidence,
                    "veto": link.veto,
                }
                for link in decision.links
            ],
            "reasons": [
                *(reason.model_dump(mode="json") for reason in decision.reasons),
                *({"of": "input", "rule": "not-usable", "detail": w} for w in read.warnings),
            ],
            "bundle": decision.bundle,
        }


def read_bodies(file: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file as objects; TableError names the first line that is none."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise TableError(f"{file}: {error.strerror}") from None
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            body = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise TableError(f"{file}, line {number}: {error}") from None
        if not isinstance(body, dict):
            raise TableError(f"{file}, line {number}: not an object")
        yield body


def decided(bundle: Bundle, bodies: Iterable[dict[str, Any]], now: datetime) -> Iterator[bytes]:
    """Each decision as a line of JSON."""
    offline = Offline(bundle, now)
    for number, body in enumerate(bodies, 1):
        yield orjson.dumps(offline.decide(number, body), option=orjson.OPT_APPEND_NEWLINE)
