"""What a look came to, for the textfile collector of Prometheus. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.audit.elsewhere.watched import Look

METRICS = """\
# HELP blotter_watch_rewritten History was rewritten: 1 from the finding until people remove it.
# TYPE blotter_watch_rewritten gauge
blotter_watch_rewritten {rewritten}
# HELP blotter_watch_could_tell The last look came to an answer.
# TYPE blotter_watch_could_tell gauge
blotter_watch_could_tell {could_tell}
# HELP blotter_watch_stalled The head stands still while events wait, or for longer than expected.
# TYPE blotter_watch_stalled gauge
blotter_watch_stalled {stalled}
# HELP blotter_watch_size Events under the last checkpoint that was seen and believed.
# TYPE blotter_watch_size gauge
blotter_watch_size {size}
# HELP blotter_watch_advanced_timestamp_seconds When the head was last seen to move.
# TYPE blotter_watch_advanced_timestamp_seconds gauge
blotter_watch_advanced_timestamp_seconds {advanced:.0f}
# HELP blotter_watch_looked_timestamp_seconds When the last look was; alarm on its age as well.
# TYPE blotter_watch_looked_timestamp_seconds gauge
blotter_watch_looked_timestamp_seconds {looked:.0f}
"""


def metrics(found: Look, looked: float) -> str:
    """The file's content; `looked`: when the look was, in seconds since 1970."""
    return METRICS.format(
        rewritten=int(found.code == 1),
        could_tell=int(found.code < 2),
        stalled=int(found.stalled),
        size=found.state.size,
        advanced=found.state.advanced_at,
        looked=looked,
    )
