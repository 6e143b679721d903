"""`blotter cosign …`: what another office runs to sign our history (docs/how-to/cosigning.md)."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
import orjson
from cyclopts import Parameter

from services.cosigner.app import Office, serve
from services.cosigner.memory import Memory, StateError
from services.cosigner.own_key import OwnKeyError, make_key, read_key
from services.cosigner.pinned import PinnedError, read_pinned
from services.runtime.log import configure

cosign_app = cyclopts.App(
    name="cosign", help="Cosign another office's history, with a key of one's own."
)
Key = Annotated[Path, Parameter(name="--key", help="File of the cosigner's own key.")]
State = Annotated[Path, Parameter(name="--state", help="File of what was cosigned so far.")]
Logs = Annotated[Path, Parameter(name="--logs", help="File of the keys of the logs, one a line.")]


@cosign_app.command(name="key")
def make_cosigner(*, name: str, key: Key, state: State) -> int:
    """Make a key and its empty memory, once; prints the public key, which the log needs."""
    try:
        if state.exists():
            raise StateError(f"{state} exists: a cosigner's state is never begun again")
        made = make_key(key, name)
        Memory.make(state, str(made.verifier))
    except (OwnKeyError, StateError) as error:
        return _trouble(error)
    print(made.verifier)
    return 0


@cosign_app.command(name="run")
def run_cosigner(
    *, key: Key, state: State, logs: Logs, host: str = "127.0.0.1", port: int = 8090
) -> int:
    """Answer requests to cosign until Ctrl-C."""
    try:
        cosigner = read_key(key)
        memory = Memory(state, str(cosigner.verifier))
        office = Office(cosigner, read_pinned(logs), memory)
    except (OwnKeyError, StateError, PinnedError) as error:
        return _trouble(error)
    configure("cosigner")
    for origin in office.logs:
        print(f"cosigning {origin} as {cosigner.name} on http://{host}:{port}/", flush=True)
    serve(office, host, port)
    return 0


@cosign_app.command(name="show")
def show_state(
    *, key: Key, state: State, json: Annotated[bool, Parameter(negative="")] = False
) -> int:
    """What was cosigned so far; exit 1 when a log showed a history that does not fit."""
    try:
        found = Memory(state, str(read_key(key).verifier)).logs()
    except (OwnKeyError, StateError) as error:
        return _trouble(error)
    if json:
        print(orjson.dumps(found).decode())
    for log in [] if json else found:
        print(f"{log.origin}: {log.size} events cosigned, last {_moment(log.cosigned_at)}")
        for size, reason, seconds in log.alarms:
            print(f"  {_moment(seconds)} REFUSED, first bad size {size}: {reason}")
    return 1 if any(log.alarms for log in found) else 0


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _trouble(error: Exception) -> int:
    print(f"blotter: {error}", file=sys.stderr)
    return 2
