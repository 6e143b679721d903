"""A record as a dated narrative in plain words, from the ledger up to one position. Pure.

The same record up to the same position gives the same narrative for ever: nothing personal is
opened for it, so an erasure later takes nothing from it either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from events.casework import CaseworkEvent
from events.subjects import SubjectErased, SubjectEvent, SubjectSealed, SubjectUnsealed
from events.triage import ReportTriaged
from services.audit import sentences
from services.audit.document import Document, Grid, Section
from services.projections.view import fold
from services.projections.views.case_status import CASE_STATUS
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.encoding import to_base64

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from services.agency.profile import AgencyProfile
    from services.audit.proven_record import Known
    from services.projections.view import Entry
    from services.projections.views.case_status import CallRow, ReportRow

CASEWORK, SUBJECTS = get_args(CaseworkEvent), get_args(SubjectEvent)
CAME_IN = get_args(sentences.CameIn)
EVENT_COLUMNS = ("When", "What", "Who", "Position")


def narrative(known: Known, profile: AgencyProfile) -> Document:
    """The document about a record."""
    teller = _Teller(known, profile.zone)
    return Document(
        title=f"Record {known.number}",
        agency=profile.name,
        zone=str(profile.zone),
        through=known.through,
        sections=(
            teller.standing(),
            teller.reported(),
            teller.assessed(),
            teller.done(),
            teller.personal(),
            teller.read(),
            teller.vouched(),
        ),
        checkpoint=known.checkpoint,
    )


class _Teller:
    """Tells each part; times are the agency's."""

    def __init__(self, known: Known, zone: ZoneInfo) -> None:
        self._known = known
        self._zone = zone

    def standing(self) -> Section:
        """How the record stood at that position."""
        handled = CASE_STATUS.handled
        entries = [each for each in self._known.entries if each.envelope.type in handled]
        reports, calls = (fold(table, {}, entries) for table in CASE_STATUS.tables)
        rows: list[tuple[str, str]] = []
        for call in cast("dict[str, CallRow]", calls).values():
            rows += self._of_call(call)
        if not calls:
            first = next(iter(cast("dict[str, ReportRow]", reports).values()))
            rows = [
                ("Report", first.report_number),
                ("Status", "assessed" if first.triaged_at else "received"),
                ("Received", self.time(first.received_at)),
                ("Urgency", sentences.urgency(first.urgency)),
            ]
        numbers = ", ".join(number for number, _ in self._known.reports)
        rows.append(("Reports", numbers))
        grid = Grid("The record", ("What", "As it stood"), tuple(rows))
        return Section("How it stood", grids=(grid,))

    def _of_call(self, call: CallRow) -> list[tuple[str, str]]:
        done = ", ".join(map(sentences.plain, call.dispositions))
        return [
            ("Call for service", call.call_number),
            ("Case", call.case_number or "not a case"),
            ("Status", sentences.plain(call.status) + (f": {done}" if done else "")),
            ("Urgency", sentences.urgency(call.urgency)),
            ("Desk", sentences.plain(call.desk)),
            ("Officer", call.officer or "nobody yet"),
            ("Opened", self.time(call.opened_at)),
            *([("Closed", self.time(call.closed_at))] if call.closed_at else []),
        ]

    def reported(self) -> Section:
        """What came in."""
        paragraphs = [
            f"{self.time(entry.envelope.recorded_at)}: "
            + " ".join(sentences.came_in(entry.envelope.data, self.time))
            for entry in self._known.entries
            if isinstance(entry.envelope.data, CAME_IN)
        ]
        return Section("What was reported", tuple(paragraphs))

    def assessed(self) -> Section:
        """What triage decided, and why."""
        paragraphs, grids = [], []
        for entry in self._known.entries:
            event = entry.envelope.data
            if not isinstance(event, ReportTriaged):
                continue
            when = self.time(event.decided_at)
            paragraphs.append(f"{when}: " + " ".join(sentences.triaged(event)))
            rows = tuple((reason.of, reason.rule, reason.detail) for reason in event.reasons)
            caption = f"Reasons for the decision about report {event.report_number}"
            grids.append(Grid(caption, ("Of", "Rule", "Detail"), rows))
        return Section(
            "How it was assessed", tuple(paragraphs) or ("Not yet assessed.",), tuple(grids)
        )

    def done(self) -> Section:
        """Review, assignment, notes, holds and resolution, in order."""
        rows = [
            self._row(entry, sentences.done(cast("CaseworkEvent", entry.envelope.data)))
            for entry in self._known.entries
            if isinstance(entry.envelope.data, CASEWORK)
        ]
        return self._section("What was done", "Work on the record", rows, "Nothing was done yet.")

    def personal(self) -> Section:
        """What happened to the personal data, and how that stood."""
        rows = [
            self._row(entry, sentences.kept(cast("SubjectEvent", entry.envelope.data)))
            for entry in self._known.entries
            if isinstance(entry.envelope.data, SUBJECTS)
        ]
        section = self._section("Personal data", "Erasing and sealing", rows)
        return Section(section.heading, tuple(self._stands()), section.grids)

    def _stands(self) -> Iterator[str]:
        numbers = {id_: number for number, id_ in self._known.reports}
        words = dict.fromkeys(numbers.values(), "kept")
        for entry in self._known.entries:
            match entry.envelope.data:
                case SubjectErased(report_number=number):
                    words[number] = "erased"
                case SubjectSealed(report_number=number):
                    words[number] = "sealed"
                case SubjectUnsealed(report_number=number):
                    words[number] = "kept"
                case _:
                    pass
        for number, word in words.items():
            yield f"The personal data of report {number} was {word}."
        yield "None of it is shown here, whether or not it could still be read."

    def read(self) -> Section:
        """Who read the record, up to the same position."""
        rows = [
            (
                self.time(row["read_at"]),
                sentences.read(row),
                f"{row['who']} ({row['role']}) through {row['through']}",
                str(row["position"]),
            )
            for row in self._known.reads
        ]
        nobody = "Nobody had read it by then."
        return self._section("Who read it", "Reads of the record", rows, nobody)

    def vouched(self) -> Section:
        """The checkpoint the narrative rests on, and how to check it."""
        checkpoint = Checkpoint.parse(note.split(self._known.checkpoint)[0])
        rules = sorted(
            {
                entry.envelope.data.bundle
                for entry in self._known.entries
                if isinstance(entry.envelope.data, ReportTriaged)
            }
        )
        positions = ", ".join(str(entry.position) for entry in self._known.entries)
        through = self._known.through
        rows = (
            ("As of ledger position", str(through)),
            ("Events told", positions),
            ("Rule bundles", ", ".join(rules) or "none"),
            ("Checkpoint", f"{checkpoint.origin}, of {checkpoint.size} events"),
            ("Root", to_base64(checkpoint.root)),
        )
        paragraphs = (
            "Everything above is told from the events at these positions of the ledger. The"
            " checkpoint, signed and printed below, covers them: a receipt for each event can be"
            " checked against it without trusting this document.",
            f"The same report is made again with --through {through}.",
        )
        grid = Grid("What vouches for it", ("What", "Value"), rows)
        return Section("How to check this", paragraphs, (grid,))

    def _row(self, entry: Entry, what: str) -> tuple[str, ...]:
        actor = entry.envelope.actor
        when = self.time(entry.envelope.recorded_at)
        return when, what, f"{actor.who} through {actor.through}", str(entry.position)

    def _section(
        self, heading: str, caption: str, rows: Sequence[tuple[str, ...]], nothing: str = ""
    ) -> Section:
        if rows:
            return Section(heading, grids=(Grid(caption, EVENT_COLUMNS, tuple(rows)),))
        return Section(heading, (nothing,) if nothing else ())

    def time(self, moment: datetime) -> str:
        """To the second, as the agency's clock showed it."""
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M:%S %Z}"
