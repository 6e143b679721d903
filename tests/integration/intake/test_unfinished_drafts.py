"""An unfinished draft whose filing fails stays and is tried again; it stops no other draft."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from services.agency.site_loader import load_site
from services.intake import handlers
from services.intake.app import open_intake
from services.intake.desk.abandoned import file_abandoned
from services.intake.site.drafts import file_unfinished, keep_draft
from services.runtime import idempotency
from services.runtime.clock import now
from services.runtime.periodic import ItemsFailedError
from services.runtime.problems import ProblemError
from services.runtime.wake import Wake
from tests.integration.intake.conftest import count, settings_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.intake.handlers import Intake

BROKEN, SOUND, ALSO_SOUND = UUID(int=1), UUID(int=2), UUID(int=3)
FORM = {"type": "theft", "location_text": "Main Street", "description": "A bicycle"}


@pytest.fixture
async def intake(a_database: str) -> AsyncIterator[Intake]:
    """Intake's handlers on an empty database."""
    async with open_intake(settings_for(a_database, "chesterfield"), Wake(a_database)) as found:
        yield found


async def keep(intake: Intake, outcome: str, account: str | None) -> None:
    """Three drafts; the content of the first, which is the oldest, cannot be opened."""
    for draft_id in (BROKEN, SOUND, ALSO_SOUND):
        moment = now() + timedelta(seconds=draft_id.int)
        assert await keep_draft(intake, draft_id, outcome, FORM, moment, account)
    async with intake.pool.connection() as connection:
        await connection.execute(
            "update drafts set content = %s where draft_id = %s", [b"broken", BROKEN]
        )


async def test_one_broken_form_stops_no_other(intake: Intake, a_database: str) -> None:
    await keep(intake, "confirm", None)
    site = load_site(settings_for(a_database, "chesterfield").agency, intake.profile)
    later = now() + timedelta(days=1)
    for _ in range(2):
        with pytest.raises(ItemsFailedError, match="1 of"):
            await file_unfinished(intake, site, later)
    assert await count(a_database, "reports") == 2
    assert await count(a_database, "drafts") == 1


async def test_one_broken_call_stops_no_other(intake: Intake, a_database: str) -> None:
    await keep(intake, "divert", "calltaker")
    with pytest.raises(ItemsFailedError, match="1 of 3"):
        await file_abandoned(intake, now() + timedelta(minutes=3))
    assert await count(a_database, "reports") == 2
    assert await count(a_database, "drafts") == 1


async def test_a_draft_that_could_not_be_filed_stays_until_it_can(
    intake: Intake, a_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await keep_draft(intake, SOUND, "confirm", FORM, now())
    site = load_site(settings_for(a_database, "chesterfield").agency, intake.profile)
    later = now() + timedelta(days=1)

    async def refuse(*_: object) -> None:
        raise ProblemError(503, "unavailable", "Not now")

    with monkeypatch.context() as patch:
        patch.setattr(handlers, "submit_within", refuse)
        with pytest.raises(ItemsFailedError):
            await file_unfinished(intake, site, later)
    assert await count(a_database, "drafts") == 1
    assert await count(a_database, "reports") == 0
    assert await file_unfinished(intake, site, later) == 1
    assert await count(a_database, "drafts") == 0


async def test_a_draft_that_its_sender_filed_meanwhile_is_forgotten(
    intake: Intake, a_database: str
) -> None:
    assert await keep_draft(intake, SOUND, "confirm", FORM, now())
    key = idempotency.IdempotencyKey("public", str(SOUND), b"as the sender sent it")
    async with intake.pool.connection() as connection, connection.transaction():
        await idempotency.remember(connection, intake.keyring, key, b"{}", now())
    site = load_site(settings_for(a_database, "chesterfield").agency, intake.profile)
    later = now() + timedelta(minutes=site.unfinished_after_minutes + 1)
    assert await file_unfinished(intake, site, later) == 0
    assert await count(a_database, "drafts") == 0
