"""What a cosigner answers (C2SP tlog-witness, add-checkpoint): pure; keeping state is the shell's.

The order of the checks is part of the answer: who asks about an unknown log learns nothing, and an
older size than the one we know is told our size before any proof is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.encoding import to_base64, to_hash, to_number
from services.proofs.tree import EMPTY_ROOT, ProofError, verify_consistency

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAXIMUM_PATH = 63
SIZE_TYPE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Seen:
    """The last tree of a log that was cosigned."""

    size: int = 0
    root: bytes = EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Request:
    """A request to cosign `checkpoint`, with the path from the tree of `old_size`."""

    old_size: int
    path: tuple[bytes, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """Keep `seen` for the log, then cosign `text`."""

    origin: str
    seen: Seen
    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An HTTP status and the reason; `size` goes with 409, and is the first bad one where two
    histories were shown. `alarm`: what the log signed does not fit what it signed before, as far as
    shown; its people must hear of that."""

    status: int
    reason: str
    size: int | None = None
    alarm: bool = False


def write_request(request: Request) -> str:
    """The body of add-checkpoint."""
    lines = [f"old {request.old_size}", *map(to_base64, request.path)]
    return "".join(f"{line}\n" for line in lines) + "\n" + request.checkpoint


def read_request(body: bytes) -> Request:
    """Undo `write_request`; ProofError when it is no request."""
    if len(body) > note.MAXIMUM_BYTES:
        raise ProofError("a request of that length is refused")
    try:
        head, found, checkpoint = body.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise ProofError("a request is UTF-8") from None
    first, *path = head.split("\n")
    if not found or not first.startswith("old ") or len(path) > MAXIMUM_PATH:
        raise ProofError("a request is an old size, a path, an empty line and a checkpoint")
    old_size = to_number(first.removeprefix("old "))
    return Request(old_size, tuple(map(to_hash, path)), checkpoint)


def decide(
    request: Request, logs: Mapping[str, Sequence[note.Verifier]], seen: Mapping[str, Seen]
) -> Accepted | Refused:
    """Whether to cosign. `logs`: the keys of each origin one cosigns for; `seen`: what one has."""
    try:
        text, _ = note.split(request.checkpoint)
        checkpoint = Checkpoint.parse(text)
    except ProofError as error:
        return Refused(400, str(error))
    if checkpoint.origin not in logs:
        return Refused(404, "this log is not cosigned here")
    try:
        note.verify(request.checkpoint, logs[checkpoint.origin])
    except ProofError as error:
        return Refused(403, str(error))
    if request.old_size > checkpoint.size:
        return Refused(400, "the old size is larger than the checkpoint's")
    return _grown(request, checkpoint, seen.get(checkpoint.origin, Seen()), text)


def _grown(request: Request, new: Checkpoint, seen: Seen, text: str) -> Accepted | Refused:
    if request.old_size != seen.size:
        return Refused(409, f"the last size cosigned here is {seen.size}", size=seen.size)
    if new.size == 0 and new.root != EMPTY_ROOT:
        return Refused(422, "the empty tree has another root")
    if seen.size == new.size:
        if seen.root != new.root:
            return Refused(409, f"two histories of {new.size} events", size=seen.size, alarm=True)
        if request.path:
            return Refused(422, "the same size needs no path")
    elif seen.size == 0:
        if request.path:
            return Refused(422, "from the empty tree there is no path")
    else:
        try:
            verify_consistency(seen.size, new.size, request.path, seen.root, new.root)
        except ProofError as error:
            reason = f"{seen.size} events are not shown to be the first of {new.size}: {error}"
            return Refused(422, reason, alarm=True)
    return Accepted(new.origin, Seen(new.size, new.root), text)
