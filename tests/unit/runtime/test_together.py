"""Loops end when they are told to, also at an unlucky moment."""

from __future__ import annotations

import asyncio

import pytest

from services.runtime.together import stop, together
from services.runtime.wake import wait_until_notified


async def test_a_sleeper_is_cancelled_also_as_its_bell_rings() -> None:
    for turns in range(4):
        woken = asyncio.Event()

        async def sleeper(woken: asyncio.Event = woken) -> None:
            while True:
                await wait_until_notified(woken, 60)

        task = asyncio.create_task(sleeper())
        await asyncio.sleep(0.001)
        woken.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=1)
        assert task.cancelled()


async def deaf(times: int) -> None:
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if not times:
                raise
            times -= 1


async def test_who_lost_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.together.AGAIN_AFTER_SECONDS", 0.01)
    tasks = [asyncio.create_task(deaf(times)) for times in range(3)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await stop(tasks)
    assert all(task.cancelled() for task in tasks)


async def test_one_failure_ends_the_others_and_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.together.AGAIN_AFTER_SECONDS", 0.01)
    ended = asyncio.Event()

    async def lasting() -> None:
        try:
            await deaf(1)
        finally:
            ended.set()

    async def failing() -> None:
        await asyncio.sleep(0)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await together([lasting(), failing()])
    assert ended.is_set()


async def test_cancelled_it_leaves_none_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.together.AGAIN_AFTER_SECONDS", 0.01)
    ended: list[int] = []

    async def lasting(number: int) -> None:
        try:
            await deaf(number)
        finally:
            ended.append(number)

    task = asyncio.create_task(together([lasting(0), lasting(2)]))
    await asyncio.sleep(0)
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == [0, 2]
