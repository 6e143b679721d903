"""What every benchmark is given: sizes, a seed, and installations to measure."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

from tests.acceptance.installation import installed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.installation import Installed


@dataclass
class Run:
    """One run of some benchmarks. Quick: small, and one installation for all of them."""

    quick: bool
    seed: int
    start_seconds: float = 0.0
    """How long the last start of an installation took, until it said that it is up."""
    _shared: list[Installed] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def size(self, full: int, quick: int) -> int:
        """The size of something."""
        return quick if self.quick else full

    @contextmanager
    def installation(self, data: Path | None = None) -> Iterator[Installed]:
        """A running installation; in a full run a fresh one, in `data` if given."""
        if not self.quick:
            with self._start(data) as found:
                yield found
            return
        if not self._shared:
            self._shared.append(self._stack.enter_context(self._start(None)))
        yield self._shared[0]

    @contextmanager
    def _start(self, data: Path | None) -> Iterator[Installed]:
        began = perf_counter()
        with installed(data=data) as found:
            self.start_seconds = perf_counter() - began
            yield found

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
