"""One installation on this machine: where its files are, what runs, who may run it."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK_TIMEOUT_SECONDS = 0.5


class InstallationInUseError(Exception):
    """Another process supervises this data directory; the message names its pid."""


@dataclass(frozen=True)
class RunningProcess:
    """A supervised program; `pid` is None while it waits for its next start."""

    pid: int | None
    restarts: int


@dataclass(frozen=True)
class Running:
    """What `installation.json` says. `database_url` carries the password."""

    url: str
    database_url: str
    kafka_bootstrap: str
    supervisor_pid: int
    processes: dict[str, RunningProcess]


class Installation:
    """The layout of a data directory. Making one of these touches nothing."""

    def __init__(self, data: Path) -> None:
        self.data = data.absolute()
        self.postgres = self.data / "postgres"
        self.kafka = self.data / "kafka"
        self.logs = self.data / "logs"
        self.secrets = self.data / "secrets"
        self.keys = self.data / "keys"
        self.cosigners = self.data / "cosigners"
        self.attachments = self.data / "attachments"
        self._file = self.data / "installation.json"
        self._lock_file = self.data / "lock"

    @classmethod
    def find(cls, data: Path | None = None) -> Self:
        """`data`, else `BLOTTER_DATA`, else `.blotter` in the current directory."""
        return cls(data or Path(os.environ.get("BLOTTER_DATA") or ".blotter"))

    def make(self) -> None:
        """Make the directories; `secrets` is open to the owner only."""
        for directory in (self.data, self.postgres, self.kafka, self.logs, self.secrets):
            directory.mkdir(parents=True, exist_ok=True)
        self.secrets.chmod(0o700)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only supervisor of this directory; InstallationInUseError if there is one.

        The lock ends with this process, however it ends.
        """
        self.make()
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._acquire(descriptor)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            yield
        finally:
            os.close(descriptor)

    def supervisor_pid(self) -> int | None:
        """The process that holds the lock now; None when nothing runs here."""
        if not self._lock_file.exists():
            return None
        with self._lock_file.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
        return None

    def write(self, running: Running) -> None:
        """Publish what runs, atomically; readable by the owner only."""
        _write_privately(self._file, json.dumps(asdict(running), indent=2) + "\n")

    def read(self) -> Running | None:
        """What was last published; None if nothing was. `supervisor_pid` tells if it still runs."""
        if not self._file.exists():
            return None
        fields = json.loads(self._file.read_text())
        fields["processes"] = {
            name: RunningProcess(**process) for name, process in fields["processes"].items()
        }
        return Running(**fields)

    def master_key(self) -> str:
        """The key-encryption key, 32 bytes in base64, made once."""
        return self._secret("master-key", base64.b64encode(secrets.token_bytes(32)).decode())

    def development_password(self) -> str:
        """The password of the demo's sign-ins, made once."""
        return self._secret("development-password", secrets.token_urlsafe(9))

    def database_password(self, service: str) -> str:
        """The password of a service's login to Postgres, made once."""
        return self._secret(f"database-{service}", secrets.token_urlsafe(24))

    def _secret(self, name: str, fresh: str) -> str:
        file = self.secrets / name
        if not file.exists():
            self.make()
            _write_privately(file, fresh + "\n")
        return file.read_text().strip()

    def _acquire(self, descriptor: int) -> None:
        # More than once, since `supervisor_pid` of another process holds it for an instant.
        attempts = 10
        for _ in range(attempts):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_LOCK_TIMEOUT_SECONDS / attempts)
            else:
                return
        holder = os.read(descriptor, 20).decode() or "unknown"
        msg = f"{self.data} is already in use by process {holder}: stop it, or choose other data"
        raise InstallationInUseError(msg)


def _write_privately(file: Path, text: str) -> None:
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.write(text)
        output.flush()
        os.fsync(output.fileno())
    unfinished.replace(file)
