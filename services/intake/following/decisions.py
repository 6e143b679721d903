"""The events for the actions of a reporting party."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.intake import ContactRulesStated, ReportWithdrawn
from services.intake.domain.report import SubmitReport, supplement
from services.intake.following import contact_preferences

if TYPE_CHECKING:
    from events.envelope import Event
    from events.intake import Channel
    from services.hazards.structured import Assessment
    from services.intake.domain.contact_rules import ContactRules
    from services.intake.domain.submission import Submission
    from services.intake.following.adding import Decide, ReportState
    from services.runtime.database import Connection


def supplemented(
    submission: Submission, assessment: Assessment, channel: Channel, *, corrects: bool
) -> Decide:
    """A supplement, or a correction."""

    async def decide(_: Connection, report_state: ReportState) -> tuple[Event, ...]:
        row = report_state.row
        command = SubmitReport(row.report_id, row.report_number, channel, submission, assessment)
        event = supplement(command)
        return (event.model_copy(update={"language": submission.language, "corrects": corrects}),)

    return decide


def withdrawn(submission: Submission, assessment: Assessment, channel: Channel) -> Decide:
    """Withdraw the report; words given with it are kept as a supplement."""

    async def decide(connection: Connection, report_state: ReportState) -> tuple[Event, ...]:
        events: list[Event] = []
        if submission.says_something or assessment.outcome == "divert":
            add = supplemented(submission, assessment, channel, corrects=False)
            events += await add(connection, report_state)
        if not report_state.withdrawn:
            number = report_state.row.report_number
            events.append(ReportWithdrawn(report_number=number, channel=channel))
        return tuple(events)

    return decide


def ruled(rules: ContactRules, channel: Channel) -> Decide:
    """Contact rules; stating the same rules again gives no event."""

    async def decide(connection: Connection, report_state: ReportState) -> tuple[Event, ...]:
        if await contact_preferences.rules_of(connection, report_state.row.report_id) == rules:
            return ()
        event = ContactRulesStated(
            report_number=report_state.row.report_number,
            channel=channel,
            call=rules.call,
            leave_message=rules.leave_message,
            write=rules.write,
            hours_from=rules.hours_from,
            hours_to=rules.hours_to,
        )
        return (event,)

    return decide
