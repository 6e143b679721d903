"""Receipts (C2SP tlog-proof@v1): one file that shows an event is in the log, without the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.proofs.checkpoint import open_checkpoint
from services.proofs.encoding import from_base64, to_base64, to_hash, to_number
from services.proofs.tree import ProofError, leaf_hash, verify_inclusion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.proofs.checkpoint import Checkpoint
    from services.proofs.note import Verifier

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MAXIMUM_PATH = 63


class ReceiptError(ProofError):
    """Not a receipt."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Which leaf, the path to the root, and the signed checkpoint that says the root."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None
    """Proves nothing: nobody signed it."""

    def verify(
        self, leaf: bytes, log: Sequence[Verifier], origin: str, cosigners: Sequence[Verifier] = ()
    ) -> Checkpoint:
        """The checkpoint under which the leaf lies; ProofError if it does not.

        Every one of `cosigners` must have signed too: whom to trust is the caller's decision.
        """
        found = open_checkpoint(self.checkpoint, log, origin)
        for cosigner in cosigners:
            open_checkpoint(self.checkpoint, [cosigner], origin)
        verify_inclusion(self.index, found.size, leaf_hash(leaf), self.path, found.root)
        return found


def write(receipt: Receipt) -> str:
    """The file's text."""
    extra = [] if receipt.extra is None else [f"extra {to_base64(receipt.extra)}"]
    lines = [FIRST_LINE, *extra, f"index {receipt.index}", *map(to_base64, receipt.path)]
    return "".join(f"{line}\n" for line in lines) + "\n" + receipt.checkpoint


def read(content: str | bytes) -> Receipt:
    """Undo `write`, nothing verified yet; ProofError when it is no receipt."""
    try:
        text = content.decode() if isinstance(content, bytes) else content
    except UnicodeDecodeError:
        raise ReceiptError("a receipt is UTF-8") from None
    head, found, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not found or lines[0] != FIRST_LINE:
        raise ReceiptError(f"a receipt begins with {FIRST_LINE} and holds a checkpoint")
    extra = None
    if len(lines) > 1 and lines[1].startswith("extra "):
        extra = from_base64(lines.pop(1).removeprefix("extra "))
    if len(lines) < 2 or not lines[1].startswith("index "):
        raise ReceiptError("a receipt says the index of its leaf")
    if len(lines) - 2 > MAXIMUM_PATH:
        raise ReceiptError("a path of that length is refused")
    index = to_number(lines[1].removeprefix("index "))
    return Receipt(index, tuple(map(to_hash, lines[2:])), checkpoint, extra)
