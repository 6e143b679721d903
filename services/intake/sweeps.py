"""Intake's periodic work: file unfinished drafts and conversations, delete old rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake import ageing
from services.intake.desk.abandoned import file_abandoned
from services.intake.following.attaching import tidy
from services.intake.inquiries.profile_answers import adopt
from services.intake.site.drafts import file_unfinished
from services.intake.texting.conversation import ConversationProfile
from services.intake.texting.languages import languages
from services.intake.texting.reviewing import forget_old, review_silence
from services.runtime.clock import now
from services.runtime.periodic import every
from services.runtime.stations import Station

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import timedelta

    from services.agency.site import Site
    from services.intake.handlers import Intake

HALF_A_MINUTE, AN_HOUR = 30.0, 3600.0


def sweeps(
    intake: Intake, site: Site, dead_letters_kept: timedelta
) -> list[tuple[Station, Coroutine[None, None, None]]]:
    """The sweeps, each with the station that shows its failures in `blotter status`."""
    agency = ConversationProfile(intake.profile, site, languages(intake.profile, site))

    async def forget_dead_letters() -> None:
        async with intake.pool.connection() as connection:
            await ageing.forget_originals(connection, now() - dead_letters_kept)

    work = {
        "abandoned-calls": (HALF_A_MINUTE, lambda: file_abandoned(intake, now())),
        "unfinished-forms": (HALF_A_MINUTE, lambda: file_unfinished(intake, site, now())),
        "silent-conversations": (HALF_A_MINUTE, lambda: review_silence(intake, agency, now())),
        "old-messages": (HALF_A_MINUTE, lambda: forget_old(intake, now())),
        "dead-letters": (AN_HOUR, forget_dead_letters),
        "attachments": (AN_HOUR, lambda: tidy(intake)),
        "answers": (AN_HOUR, lambda: adopt(intake, site, now())),
    }
    stations = {name: Station(f"intake.{name}") for name in work}
    return [
        (stations[name], every(seconds, task, stations[name]))
        for name, (seconds, task) in work.items()
    ]
