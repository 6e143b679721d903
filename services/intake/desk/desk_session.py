"""The desk's session: what every page needs, and the identity of the call taker."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import psycopg
from psycopg_pool import PoolTimeout

from services.access.reader import Reader, reader_of
from services.intake.desk.call_questions import MEDIA
from services.intake.desk.report_search import WAYS
from services.runtime.clock import now
from services.runtime.identity import CASE_WORKERS, Identity, Role, check_csrf, require
from services.runtime.log import logger
from services.runtime.pages import Pages
from services.runtime.problems import ProblemError, unavailable

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import Request

    from services.access.recording import Access
    from services.agency.profile import AgencyProfile
    from services.agency.site import Site
    from services.intake.desk.call_form import CallForm
    from services.intake.desk.report_search import Search
    from services.intake.handlers import Intake

CALL_TAKERS = CASE_WORKERS | {Role.DISPATCHER}


def desk_pages(profile: AgencyProfile, site: Site, templates: Path) -> Pages:
    """The desk's templates in the agency's name."""
    return Pages(
        templates,
        agency=profile.name,
        live=profile.live,
        zone=profile.zone,
        lines=profile.emergency,
        types=profile.types,
        questions=site.questions,
        media=MEDIA,
        ways=WAYS,
        here="desk",
    )


@dataclass(frozen=True)
class DeskSession:
    """The composed desk. Without a search, reports are found by number and date only."""

    intake: Intake
    site: Site
    access: Access
    search: Search | None
    templates: Path

    @cached_property
    def pages(self) -> Pages:
        """The desk's templates."""
        return desk_pages(self.intake.profile, self.site, self.templates)

    async def identity(self, request: Request, found: CallForm | None = None) -> Identity:
        """The signed-in call taker; otherwise a problem with the form's `emergency`."""
        emergency = {"emergency": found.emergency} if found else {}
        try:
            identity = await require(self.intake.pool, request, CALL_TAKERS, now())
            if found is not None:
                check_csrf(identity, found.form.get("csrf"))
        except ProblemError as problem:
            problem.extra |= emergency
            raise
        except (psycopg.Error, PoolTimeout, OSError) as error:
            logger().error("desk.nobody-known", error=type(error).__name__)
            raise unavailable(**emergency) from None
        return identity


def reader(identity: Identity) -> Reader:
    """The call taker as the reader in recorded reads."""
    return reader_of(identity, "intake", "console")
