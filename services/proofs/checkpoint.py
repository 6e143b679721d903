"""Checkpoints (C2SP tlog-checkpoint): which log, how many leaves, which root; signed as a note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.proofs import note
from services.proofs.encoding import to_base64, to_hash, to_number
from services.proofs.tree import EMPTY_ROOT, ProofError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class CheckpointError(ProofError):
    """Not a checkpoint, or of another log."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head. Extension lines are kept but mean nothing here; we write none."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The text that is signed."""
        lines = [self.origin, str(self.size), to_base64(self.root), *self.extensions]
        return "".join(f"{line}\n" for line in lines)

    def signed(self, signers: Sequence[note.Signer]) -> str:
        """The signed note."""
        return note.sign(self.text(), signers)

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint in a note's text; CheckpointError when it is none."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise CheckpointError("a checkpoint has three lines and no empty one")
        origin, size, root, *extensions = lines[:-1]
        return cls(origin, to_number(size), to_hash(root), tuple(extensions))


def open_checkpoint(
    signed: str | bytes, verifiers: Iterable[note.Verifier], origin: str | None = None
) -> Checkpoint:
    """The checkpoint of a signed note; ProofError unless a key of `verifiers` signed it, and it is
    of the log `origin` where one is given."""
    found = Checkpoint.parse(note.verify(signed, verifiers).text)
    if origin is not None and found.origin != origin:
        raise CheckpointError(f"this checkpoint is of {found.origin}, not of {origin}")
    if found.size == 0 and found.root != EMPTY_ROOT:
        raise CheckpointError("the empty tree has another root")
    return found
