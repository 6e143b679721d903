"""Another office under test: `blotter cosign run` in a process of its own, asked over HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from services.cosigner.memory import Memory
from services.cosigner.own_key import make_key, read_key
from services.proofs.witness import Request, write_request
from tests.acceptance.installation import free_port, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from services.proofs.cosignature import CosignatureVerifier
    from services.proofs.note import NoteVerifier

NAME = "office.test/cosigner"
PLAIN = "from services.cli.main import run; run()"
DIES_BEFORE_ANSWERING = (
    "import os, signal, services.cosigner.app as app\n"
    "app.note.signature_lines = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
) + PLAIN


@dataclass
class OtherOffice:
    """Its directory; what it runs at the moment is up to the test."""

    directory: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def verifier(self) -> CosignatureVerifier:
        return read_key(self.directory / "key").verifier

    def memory(self) -> Memory:
        return Memory(self.directory / "state", str(self.verifier))

    def pin(self, keys: Sequence[NoteVerifier]) -> None:
        (self.directory / "logs").write_text("# by telephone\n" + "".join(f"{k}\n" for k in keys))

    def ask(self, request: Request) -> httpx.Response:
        body = write_request(request).encode()
        return httpx.post(f"{self.url}/add-checkpoint", content=body, timeout=10)

    @contextmanager
    def running(self, program: str = PLAIN) -> Iterator[subprocess.Popen[bytes]]:
        files = [f"--{name}={self.directory / name}" for name in ("key", "state", "logs")]
        process = subprocess.Popen(
            [sys.executable, "-c", program, "cosign", "run", *files, f"--port={self.port}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ),
        )
        try:
            wait_for(lambda: process.poll() is not None or self._answers(), "the cosigner", 90)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(10)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health").status_code == 200
        except httpx.HTTPError:
            return False


def an_office(directory: Path) -> OtherOffice:
    """An office with a new key and an empty memory."""
    office = OtherOffice(directory, free_port())
    made = make_key(directory / "key", NAME)
    Memory.make(directory / "state", str(made.verifier))
    return office
