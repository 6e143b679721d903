"""A command that the current state does not allow."""

from __future__ import annotations


class RefusedError(Exception):
    """Not allowed now; `expected` says what is."""

    def __init__(self, why: str, expected: str) -> None:
        super().__init__(why)
        self.expected = expected
