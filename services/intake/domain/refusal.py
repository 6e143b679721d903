"""A command that the state of things does not allow."""

from __future__ import annotations


class RefusedError(Exception):
    """Not now; `expected` says what would be allowed."""

    def __init__(self, why: str, expected: str) -> None:
        super().__init__(why)
        self.expected = expected
