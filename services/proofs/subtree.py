"""Proofs about a part of a tree, as cosigners of large logs use them.

A part is [start, end) with `start` a multiple of the smallest power of two that holds it (IETF
draft "Merkle Tree Certificates", §4): every node of a tree is one, and every older tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.proofs.tree import (
    EMPTY_ROOT,
    ProofError,
    climb,
    consistency_steps,
    verify_inclusion,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def check_part(start: int, end: int) -> None:
    """ProofError unless [start, end) is a part that proofs can be about."""
    if not 0 <= start <= end:
        raise ProofError(f"no leaves lie from {start} to {end}")
    if start % (1 << max(end - start - 1, 0).bit_length()):
        raise ProofError(f"the leaves {start} to {end} are no part of a tree")


def verify_part_inclusion(
    index: int, start: int, end: int, leaf_hash: bytes, path: Sequence[bytes], root: bytes
) -> None:
    """The leaf is in the part, whose own root is `root`; else ProofError."""
    check_part(start, end)
    verify_inclusion(index - start, end - start, leaf_hash, path, root)


def verify_part_consistency(
    start: int, end: int, size: int, path: Sequence[bytes], part_root: bytes, root: bytes
) -> None:
    """The part under `part_root` is in the tree of `size` leaves; else ProofError."""
    check_part(start, end)
    if end > size:
        raise ProofError(f"a tree of {size} has no leaves up to {end}")
    if start == end:
        if path or part_root != EMPTY_ROOT:
            raise ProofError("no leaves have the empty root and need no path")
        return
    climb(*consistency_steps(start, end, size), path, part_root, root)
