"""`blotter up`: Postgres, Kafka, migrations, topics and all services here, until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from services.agency.default import default_agency
from services.agency.loader import load_profile
from services.local.child import Program
from services.local.demo import Demo
from services.local.installation import Installation, Running, RunningProcess
from services.local.kafka import KafkaServer
from services.local.ports import LOOPBACK
from services.local.postgres import PostgresServer
from services.local.readiness import wait_until_healthy
from services.local.supervisor import Supervisor
from services.runtime.clock import monotonic_seconds
from services.runtime.custody import prepare_keys
from services.runtime.database import connect
from services.runtime.identity import Role, make_token
from services.setup.database import make_topics, migrate_all
from services.setup.privileges import SERVICES as LOGINS
from services.setup.roles import RolesError, as_service, make_roles

if TYPE_CHECKING:
    from services.local.supervisor import Notice

SERVICES = {
    "intake": ("-m", "services.intake"),
    "triage": ("-m", "services.triage"),
    "casework": ("-m", "services.casework"),
    "projections": ("-m", "services.projections", "--with-ledger"),
    "web": ("-m", "services.web"),
}


@dataclass(frozen=True, slots=True)
class Up:
    """One running installation."""

    installation: Installation
    supervisor: Supervisor
    port: int
    console: Console
    started: float
    demo: bool

    async def run(self) -> None:
        """Start everything, say so, and wait for a signal; everything is stopped in any case."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stop.set)
        starting = asyncio.create_task(self._start())
        waiting = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                await starting
                await self._publish_until(waiting)
        finally:
            starting.cancel()
            with suppress(asyncio.CancelledError):
                await starting
            self.console.print("Stopping …")
            await self.supervisor.stop()

    async def _start(self) -> None:
        database_url, bootstrap = await self._servers()
        self._say("Postgres and Kafka are ready")
        await migrate_all(database_url)
        logins = await self._logins(database_url)
        await make_topics(bootstrap, "blotter")
        environment = self._environment(database_url, bootstrap)
        await prepare_keys(
            database_url,
            Path(environment["BLOTTER_KEYS"]),
            b64decode(environment["BLOTTER_MASTER_KEY"]),
        )
        for name, arguments in SERVICES.items():
            own = environment | as_service(name, logins)
            await self.supervisor.start(Program(name, [sys.executable, *arguments], own))
        self._write(database_url, bootstrap)
        await wait_until_healthy(database_url, self.url, self.supervisor, self.installation.logs)
        self._announce()
        if self.demo and await self._is_empty(database_url):
            token = await self._demo_token(database_url)
            demo = Demo(self.url, token, load_profile(default_agency()))
            filed = await asyncio.to_thread(demo.run, progress=self.console.is_terminal)
            self._say(f"the demo filed {filed} reports (--no-demo leaves them out)")

    async def _logins(self, database_url: str) -> dict[str, str]:
        """Each service's own login; without the right to make any, all sign in as the owner."""
        passwords = {name: self.installation.database_password(name) for name in LOGINS}
        try:
            return await make_roles(database_url, passwords)
        except RolesError as error:
            self._say(f"every service signs in to Postgres as its owner: {error}")
            return {}

    async def _is_empty(self, database_url: str) -> bool:
        """Whether no report was ever filed here."""
        async with await connect(database_url, "intake") as connection:
            cursor = await connection.execute("select from reports limit 1")
            return await cursor.fetchone() is None

    async def _demo_token(self, database_url: str) -> str:
        async with await connect(database_url, "runtime") as connection:
            return await make_token(connection, Role.ADMINISTRATOR, "demo")

    async def _servers(self) -> tuple[str, str]:
        given_database = os.environ.get("BLOTTER_DATABASE_URL")
        given_kafka = os.environ.get("BLOTTER_KAFKA_BOOTSTRAP")
        postgres = PostgresServer(self.installation.postgres)
        kafka = KafkaServer(self.installation.kafka)
        async with asyncio.TaskGroup() as starting:
            if not given_database:
                starting.create_task(self.supervisor.start_server(postgres))
            if not given_kafka:
                starting.create_task(self.supervisor.start_server(kafka))
        return given_database or postgres.database_url, given_kafka or kafka.bootstrap

    def _environment(self, database_url: str, bootstrap: str) -> dict[str, str]:
        installation = self.installation
        return dict(os.environ) | {
            "BLOTTER_DATABASE_URL": database_url,
            "BLOTTER_KAFKA_BOOTSTRAP": bootstrap,
            "BLOTTER_MASTER_KEY": os.environ.get("BLOTTER_MASTER_KEY") or installation.master_key(),
            "BLOTTER_DEVELOPMENT_PASSWORD": installation.development_password(),
            "BLOTTER_AGENCY": str(default_agency()),
            "BLOTTER_KEYS": os.environ.get("BLOTTER_KEYS") or str(installation.keys),
            "BLOTTER_ATTACHMENTS": os.environ.get("BLOTTER_ATTACHMENTS")
            or str(installation.attachments),
            "BLOTTER_COSIGNERS": os.environ.get("BLOTTER_COSIGNERS") or str(installation.cosigners),
            "BLOTTER_HOST": LOOPBACK,
            "BLOTTER_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://{LOOPBACK}:{self.port}"

    def _announce(self) -> None:
        accounts = ", ".join(role.value for role in Role)
        password = self.installation.development_password()
        self._say("every station is healthy")
        print(f"Blotter is up at {self.url}", flush=True)
        self.console.print(f"  file a report  {self.url}/")
        self.console.print(f"  the console    {self.url}/console")
        self.console.print(f"  sign in as     {accounts}", soft_wrap=True)
        self.console.print(f"  password       {password}", markup=False)
        self.console.print("Ctrl-C stops everything; the data stays.")

    async def _publish_until(self, stopping: asyncio.Task[object]) -> None:
        """Keep `installation.json` true while waiting to be stopped."""
        published: list[object] = []
        while not stopping.done():
            states = [(s.name, s.pid, s.restarts) for s in self.supervisor.processes()]
            if states != published:
                running = self.installation.read()
                assert running is not None
                self._write(running.database_url, running.kafka_bootstrap)
                published = list(states)
            await asyncio.wait({stopping}, timeout=1.0)

    def _write(self, database_url: str, bootstrap: str) -> None:
        processes = {
            state.name: RunningProcess(state.pid, state.restarts)
            for state in self.supervisor.processes()
        }
        self.installation.write(Running(self.url, database_url, bootstrap, os.getpid(), processes))

    def _say(self, what: str) -> None:
        self.console.print(f"{monotonic_seconds() - self.started:6.1f} s  {what}")


def up(data: Path | None, port: int, *, demo: bool) -> None:
    """Run an installation in the foreground."""
    installation, console = Installation.find(data), Console(stderr=True, highlight=False)

    def notice(seen: Notice) -> None:
        if seen.kind == "exited" and seen.next_start_seconds is not None:
            console.print(f"         {seen.name} ended ({seen.exit_code}); starting it again")

    with installation.lock():
        supervisor = Supervisor(installation.logs, notice)
        asyncio.run(Up(installation, supervisor, port, console, monotonic_seconds(), demo).run())
