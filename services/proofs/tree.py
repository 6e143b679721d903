"""The Merkle tree of a log (RFC 6962 §2.1, SHA-256): hashes, growth, and the checking of proofs.

A proof is a list of hashes, each of one range of leaves. Which ranges those are follows from the
sizes alone (`inclusion_ranges`, `Step`), so maker and checker walk the same list, and a path of any
other length is refused before a hash is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
Range = tuple[int, int]
"""Leaves from the first number up to, without, the second."""


class ProofError(ValueError):
    """It does not prove what it claims; the message says why."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """One hash of neighbouring perfect subtrees, the largest first, as the tree joins them."""
    joined = hashes[-1]
    for left in reversed(hashes[:-1]):
        joined = node_hash(left, joined)
    return joined


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    level = hashes
    while len(level) > 1:
        pairs = iter(level)
        level = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(pairs, pairs, strict=True)
        ]
    return level[0]


@dataclass(slots=True)
class Frontier:
    """All of a tree that growing needs: the roots of its perfect subtrees, the largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf_hash: bytes) -> None:
        """Grow by one leaf."""
        peaks, carry = self.peaks, self.size
        node = leaf_hash
        while carry & 1:
            node = sha256(b"\x01" + peaks.pop() + node).digest()
            carry >>= 1
        peaks.append(node)
        self.size += 1

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Grow by some leaves."""
        for each in leaf_hashes:
            self.append(each)

    def root(self) -> bytes:
        """The root at this size."""
        return fold(self.peaks) if self.peaks else EMPTY_ROOT

    def to_bytes(self) -> bytes:
        """The peaks, one after the other; the size is kept beside them."""
        return b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, size: int, peaks: bytes) -> Frontier:
        """Undo `to_bytes`; ProofError when there are not as many peaks as the size has."""
        if size < 0 or len(peaks) != size.bit_count() * HASH_BYTES:
            raise ProofError(f"{len(peaks)} bytes of peaks are no tree of {size} leaves")
        return cls(size, [peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES)])


def _split(start: int, end: int) -> int:
    """Where the tree divides a range of more than one leaf: by the largest power of two within."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The siblings on the way from a leaf up to the root; ProofError when the leaf is outside."""
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is outside a tree of {size}")
    ranges, start, end = [], 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    ranges.reverse()
    return ranges


def verify_inclusion(
    index: int, size: int, leaf_hash: bytes, path: Sequence[bytes], root: bytes
) -> None:
    """The leaf is at `index` of the tree of `size` leaves under `root`; else ProofError."""
    ranges = inclusion_ranges(index, size)
    _check_hashes([leaf_hash, *path], len(path), len(ranges))
    found = leaf_hash
    for (start, _), sibling in zip(ranges, path, strict=True):
        found = node_hash(found, sibling) if start > index else node_hash(sibling, found)
    _check_root(found, root)


@dataclass(frozen=True, slots=True)
class Step:
    """One sibling on the way up from an older tree's edge, and whether it lies in that tree too."""

    sibling: Range
    on_the_right: bool
    shared: bool


def consistency_steps(start: int, end: int, size: int) -> tuple[Range | None, list[Step]]:
    """From the part [start, end) of a tree to its root: the seed, None if the part itself, and the
    siblings. `start` is 0 for an older tree; other parts are those of `subtree.py`.
    """
    steps, low, high, part = [], 0, size, (start, end)
    while part != (low, high):
        middle = _split(low, high)
        if part[1] <= middle:
            steps.append(Step((middle, high), on_the_right=True, shared=False))
            high = middle
        elif part[0] >= middle:
            steps.append(Step((low, middle), on_the_right=False, shared=False))
            low = middle
        else:
            steps.append(Step((low, middle), on_the_right=False, shared=True))
            low = middle
            part = (middle, part[1])
    steps.reverse()
    return (None if part == (start, end) else part), steps


def consistency_ranges(old_size: int, new_size: int) -> list[Range]:
    """What shows that the tree of `old_size` grew into that of `new_size`."""
    if not 0 <= old_size <= new_size:
        raise ProofError(f"a tree of {new_size} did not grow from one of {old_size}")
    if old_size == 0:
        return []
    seed, steps = consistency_steps(0, old_size, new_size)
    return [*([seed] if seed else []), *(step.sibling for step in steps)]


def verify_consistency(
    old_size: int, new_size: int, path: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """The tree under `new_root` has all leaves of the older one, unchanged; else ProofError.

    From the empty tree nothing can be shown, hence nothing is: that is a ProofError too.
    """
    if not 0 < old_size <= new_size:
        raise ProofError(f"nothing shows that {new_size} leaves grew from {old_size}")
    climb(*consistency_steps(0, old_size, new_size), path, old_root, new_root)


def climb(
    seed: Range | None,
    steps: Sequence[Step],
    path: Sequence[bytes],
    old_root: bytes,
    new_root: bytes,
) -> None:
    """Both roots follow from the path; else ProofError."""
    _check_hashes(path, len(path), len(steps) + (seed is not None))
    rest: Iterator[bytes] = iter(path)
    old = new = next(rest) if seed else old_root
    for step, sibling in zip(steps, rest, strict=True):
        new = node_hash(new, sibling) if step.on_the_right else node_hash(sibling, new)
        old = node_hash(sibling, old) if step.shared else old
    _check_root(old, old_root)
    _check_root(new, new_root)


def _check_hashes(hashes: Iterable[bytes], found: int, wanted: int) -> None:
    if found != wanted:
        raise ProofError(f"a path of {found} hashes, not {wanted}")
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ProofError(f"a hash is not of {HASH_BYTES} bytes")


def _check_root(found: bytes, wanted: bytes) -> None:
    if found != wanted:
        raise ProofError("the path leads to another root")
