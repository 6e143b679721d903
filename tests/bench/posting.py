"""Posting reports to one process, beside a bare FastAPI that only inserts the body.

Each is a process of its own; the same client posts the same bodies over real connections: first
at a steady rate, whatever the answers take (open loop), then as fast as they are answered.
Intake runs with everything on: hazard rules, encryption, PIN, idempotency, outbox.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from itertools import islice
from multiprocessing import get_context
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import psycopg
import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from services.agency.default import default_agency
from services.agency.loader import load_profile
from services.runtime.database import open_pool
from services.runtime.settings import Settings
from services.setup.database import migrate_all
from services.web import create_app
from tests.acceptance.installation import free_port, wait_for
from tests.bench.reports import Reports
from tests.bench.result import Goal, Result, machine, percentile
from tests.servers import embedded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from tests.bench.run import Run

KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
RATE = 100
AT_ONCE = 32
P99, P50 = f"answer at {RATE} reports/s, ms (p99)", f"answer at {RATE} reports/s, ms (p50)"
SUSTAINED = "reports/s, one process"
BARE_P99, BARE_RATE = f"bare FastAPI + INSERT at {RATE}/s, ms (p99)", "bare FastAPI + INSERT/s"
RATIO = "reports/s / bare"


def measure(run: Run) -> Result:
    """The median of some rounds; Blotter and the bare one take turns."""
    rounds, seconds = run.size(3, 1), run.size(20, 2)
    found: dict[str, list[float]] = {
        name: [] for name in (P50, P99, SUSTAINED, BARE_P99, BARE_RATE)
    }
    with embedded() as servers:
        url = servers.database_url
        asyncio.run(migrate_all(url))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create table public.bare (id bigserial primary key, body bytea)")
        bodies = [orjson.dumps(each) for each in islice(iter(Reports.of(run.seed)), 5_000)]
        for _ in range(rounds):
            with _served(_blotter, url) as port:
                steady, rate = asyncio.run(_drive(port, bodies, seconds))
                found[P50].append(median(steady) * 1000)
                found[P99].append(percentile(steady, 99) * 1000)
                found[SUSTAINED].append(rate)
            with _served(_bare, url) as port:
                steady, rate = asyncio.run(_drive(port, bodies, seconds))
                found[BARE_P99].append(percentile(steady, 99) * 1000)
                found[BARE_RATE].append(rate)
        what = machine(url)
    mid = {name: median(values) for name, values in found.items()}
    return Result(
        name="post-report",
        seed=run.seed,
        sizes={"seconds a phase": seconds, "rounds": rounds, "connections": AT_ONCE},
        figures={name: mid[name] for name in (P50, P99, SUSTAINED)},
        floors={name: mid[name] for name in (BARE_P99, BARE_RATE)},
        ratios={RATIO: mid[SUSTAINED] / mid[BARE_RATE]},
        spread={name: (min(values), max(values)) for name, values in found.items()},
        goals=(Goal(P99, "at most", 50), Goal(SUSTAINED, "at least", 400)),
        machine=what,
    )


async def _drive(port: int, bodies: Sequence[bytes], seconds: int) -> tuple[list[float], float]:
    """Seconds of each answer at the steady rate; answers per second when nothing holds back."""
    headers = {"content-type": "application/json"}
    connector = aiohttp.TCPConnector(limit=AT_ONCE * 4)
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{port}", connector=connector, headers=headers
    ) as client:
        count = 0

        async def post() -> float:
            nonlocal count
            body = bodies[count % len(bodies)]
            count += 1
            began = perf_counter()
            async with client.post("/api/v1/reports", data=body) as answer:
                await answer.read()
                assert answer.status == 201, answer.status
            return perf_counter() - began

        for _ in range(50):
            await post()
        steady = await _open_loop(post, seconds)
        return steady, await _closed_loop(post, seconds)


async def _open_loop(post: Callable[[], Any], seconds: int) -> list[float]:
    begin, tasks = perf_counter(), []
    for number in range(RATE * seconds):
        await asyncio.sleep(max(0.0, begin + number / RATE - perf_counter()))
        tasks.append(asyncio.create_task(post()))
    return list(await asyncio.gather(*tasks))


async def _closed_loop(post: Callable[[], Any], seconds: int) -> float:
    begin, answered = perf_counter(), 0

    async def worker() -> None:
        nonlocal answered
        while perf_counter() - begin < seconds:
            await post()
            answered += 1

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return answered / (perf_counter() - begin)


@contextmanager
def _served(app: Callable[[str, int], None], database_url: str) -> Iterator[int]:
    """A process that serves on a port of its own, until the block ends."""
    port = free_port()
    process = get_context("spawn").Process(target=app, args=(database_url, port), daemon=True)
    process.start()
    try:
        wait_for(lambda: _answers(port), "the server")
        yield port
    finally:
        process.terminate()
        process.join(10)


def _answers(port: int) -> bool:
    async def ask() -> bool:
        try:
            address = f"http://127.0.0.1:{port}/health"
            async with aiohttp.ClientSession() as client, client.get(address) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    return asyncio.run(ask())


def _blotter(database_url: str, port: int) -> None:
    """Intake's part of the web process."""
    settings = Settings(
        database_url=database_url,
        kafka_bootstrap="127.0.0.1:1",
        master_key=SecretStr(KEY),
        agency=default_agency(),
        log_level="WARNING",
    )
    load_profile(settings.agency)
    uvicorn.run(create_app(settings, ["intake"]), port=port, log_config=None, access_log=False)


def _bare(database_url: str, port: int) -> None:
    """The least that keeps a body: FastAPI, a pool, one INSERT."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_pool(database_url, "public", maximum=4) as app.state.pool:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/health")
    async def health() -> dict[str, bool]:
        return {"answers": True}

    @app.post("/api/v1/reports", status_code=201)
    async def post(request: Request) -> Response:
        body = await request.body()
        async with app.state.pool.connection() as connection:
            await connection.execute("insert into public.bare (body) values (%s)", (body,))
        return Response(b"{}", 201, media_type="application/json")

    uvicorn.run(app, port=port, log_config=None, access_log=False)
