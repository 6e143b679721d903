"""The one periodic loop: it goes on after failures, says so, and handles each item on its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from services.runtime.periodic import (
    ItemsFailedError,
    ProcessMustEndError,
    UnhealthyError,
    each,
    every,
)
from services.runtime.stations import Station

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def rounds(work: Callable[[], Awaitable[object]], station: Station, count: int) -> list[str]:
    """The station's alarm after each of the first rounds, which follow each other at once."""
    seen: list[str] = []
    again = asyncio.Event()
    beat = station.beat

    def noted() -> None:
        beat()
        seen.append(station.alarm or "")
        if len(seen) < count:
            again.set()
        else:
            loop.cancel()

    station.beat = noted  # type: ignore[method-assign]
    loop = asyncio.create_task(every(3600, work, station, wakened_by=again))
    await asyncio.wait([loop])
    return seen


async def test_a_failure_is_the_stations_alarm_until_a_round_succeeds() -> None:
    outcomes = iter([ValueError("secret"), ValueError("secret"), None])

    async def work() -> None:
        if error := next(outcomes):
            raise error

    found = await rounds(work, Station("test"), 3)
    assert found == [
        "failed 1 times in a row: ValueError",
        "failed 2 times in a row: ValueError",
        "",
    ]


async def test_a_finding_is_shown_in_its_own_words() -> None:
    async def work() -> None:
        raise UnhealthyError("the head stands still")

    assert await rounds(work, Station("test"), 1) == ["the head stands still"]


async def test_only_what_ends_the_process_is_raised() -> None:
    async def work() -> None:
        raise ProcessMustEndError

    with pytest.raises(ProcessMustEndError):
        await every(3600, work, Station("test"))


async def test_the_loop_can_be_cancelled_while_it_rests() -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    loop = asyncio.create_task(every(3600, work, Station("test")))
    await done.wait()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_a_long_pause_is_no_silence() -> None:
    station = Station("test")
    station.allow_silence(3600)
    station._last_round -= 3000
    assert station.alive


async def test_an_item_that_fails_stops_no_other() -> None:
    handled: list[int] = []

    async def handle(item: int) -> bool:
        if item == 2:
            raise OSError
        handled.append(item)
        return item != 3

    with pytest.raises(ItemsFailedError, match="1 of 4 items failed") as failed:
        await each([1, 2, 3, 4], handle, of="number")
    assert handled == [1, 3, 4]
    assert failed.value.failed == 1


async def test_items_that_were_not_due_are_not_counted() -> None:
    async def handle(item: int) -> bool:
        return item % 2 == 0

    assert await each(range(5), handle, of="number") == 3
