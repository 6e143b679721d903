"""Loopback ports that stay the same between runs."""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = "127.0.0.1"
# Below the ephemeral range: there a client that retries a dead server's port may be given that very
# port for its own end, connect to itself and keep the server from coming back.
_CHOICE = range(20_000, 32_000)


class PortTakenError(Exception):
    """The wanted port belongs to another program; the message names it."""


def remembered_port(file: Path, wanted: int = 0) -> int:
    """`wanted`; or for 0 the port noted in `file`, or a free one, which is then noted there.

    A noted port that another program took meanwhile is replaced. PortTakenError for a wanted one.
    """
    if wanted:
        if not is_free(wanted):
            msg = f"port {wanted} on {LOOPBACK} is in use by another program: choose another port"
            raise PortTakenError(msg)
        return wanted
    if file.exists() and is_free(noted := int(file.read_text())):
        return noted
    chosen = _free_port()
    file.write_text(f"{chosen}\n")
    return chosen


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    for port in random.sample(_CHOICE, 200):
        if is_free(port):
            return port
    msg = f"no free port between {_CHOICE.start} and {_CHOICE.stop} on {LOOPBACK}"
    raise PortTakenError(msg)
