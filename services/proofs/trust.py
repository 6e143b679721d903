"""Whose signatures under checkpoints count: keys obtained out of band, keys found with the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.tree import EMPTY_ROOT, ProofError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class UntrustedError(ProofError):
    """A checkpoint that no key stands for; the message says why."""


@dataclass(slots=True)
class Trust:
    """`pinned` are the keys one knows from elsewhere, `found` those that lie beside the log; None
    when none lie there."""

    pinned: Sequence[note.NoteVerifier] = ()
    found: Sequence[note.NoteVerifier] | None = None
    origin: str | None = None
    """Of the first checkpoint, unless it is known."""
    pinned_size: int = -1
    """The largest checkpoint that a pinned key signed; -1 for none."""
    signers: set[str] = field(default_factory=set)

    def open(self, signed: str) -> Checkpoint:
        """The checkpoint, if a key stands for it; remembers which."""
        try:
            verified = note.verify(signed, [*(self.found or ()), *self.pinned])
            checkpoint = Checkpoint.parse(verified.text)
        except ProofError as error:
            raise UntrustedError(str(error)) from None
        if self.origin is None:
            self.origin = checkpoint.origin
        if checkpoint.origin != self.origin:
            raise UntrustedError(f"it is of the log {checkpoint.origin}, not of {self.origin}")
        if self.found is not None and not _ids(verified.by) <= _ids(self.found):
            raise UntrustedError("it is signed by a key that was taken from beside the log")
        if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
            raise UntrustedError("the empty tree has another root")
        self._remember(checkpoint, verified.by)
        return checkpoint

    def _remember(self, checkpoint: Checkpoint, by: Iterable[note.Verifier]) -> None:
        ours = _ids(self.pinned)
        for verifier in by:
            self.signers.add(str(verifier))
            if (verifier.name, verifier.key_id) in ours:
                self.pinned_size = max(self.pinned_size, checkpoint.size)


def _ids(verifiers: Iterable[note.Verifier]) -> set[tuple[str, bytes]]:
    return {(each.name, each.key_id) for each in verifiers}
