"""Counting guesses, against a model of it: whatever comes in whatever order."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from services.intake import guesses
from services.intake.app import open_intake
from services.runtime.wake import Wake
from tests.integration.intake.conftest import settings_for

if TYPE_CHECKING:
    from services.intake.handlers import Intake

START = datetime(2026, 3, 14, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Model:
    """What should become of one place."""

    limit: guesses.Limit
    wrong: int = 0
    since: datetime | None = None
    locked_until: datetime | None = None

    def attempt(self, moment: datetime, *, right: bool) -> bool:
        """Whether it was locked."""
        if self.since is None or self.since < moment - self.limit.window:
            self.since, self.wrong = moment, 0
        if self.locked_until is not None and self.locked_until > moment:
            return True
        if right:
            self.wrong = 0 if self.limit.forgives else self.wrong
            return False
        self.wrong += 1
        if self.wrong >= self.limit.most:
            self.wrong, self.locked_until = 0, moment + self.limit.locked_for
        return False


async def attempt(
    intake: Intake, place: str, limit: guesses.Limit, moment: datetime, *, right: bool
) -> bool:
    async with intake.pool.connection() as connection, connection.transaction():
        entered = await guesses.enter(connection, intake.keyring, place, limit, moment)
        await guesses.leave(connection, entered, moment, right=right and not entered.locked)
    return entered.locked


@pytest.mark.parametrize("seed", range(6))
async def test_any_history_of_tries_locks_as_the_model_does(a_database: str, seed: int) -> None:
    chance = random.Random(seed)
    limit = guesses.Limit(chance.choice([2, 5]), 6 * HOUR, HOUR, forgives=chance.random() < 0.5)
    models = {place: Model(limit) for place in ("a", "b", "nobody's")}
    moment = START
    async with open_intake(settings_for(a_database, "chesterfield"), Wake(a_database)) as intake:
        for step in range(120):
            moment += HOUR * chance.choice([0, 0.1, 0.5, 2])
            place, right = chance.choice(list(models)), chance.random() < 0.2
            expected = models[place].attempt(moment, right=right)
            locked = await attempt(intake, place, limit, moment, right=right)
            assert locked == expected, step


async def test_what_is_old_is_swept_and_the_places_are_in_no_table(a_database: str) -> None:
    limit = guesses.Limit(3, HOUR, HOUR)
    async with open_intake(settings_for(a_database, "chesterfield"), Wake(a_database)) as intake:
        for n in range(10):
            await attempt(intake, f"pin/{n}", limit, START, right=False)
        later = START + guesses.FORGOTTEN_AFTER + HOUR
        await attempt(intake, "pin/new", limit, later, right=False)
        async with intake.pool.connection() as connection:
            cursor = await connection.execute("select place from guesses")
            (row,) = await cursor.fetchall()
    assert len(row[0]) == 16
    assert b"pin" not in bytes(row[0])
