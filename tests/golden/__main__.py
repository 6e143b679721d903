"""Write the golden files that are missing, and their digests."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from events.codec import encode
from tests.golden.samples import sample_envelopes

HERE = Path(__file__).parent


def write_missing() -> list[Path]:
    """Golden files for names that have none yet."""
    written = []
    for envelope in sample_envelopes():
        path = HERE / f"{envelope.type}.json"
        if not path.exists():
            path.write_bytes(encode(envelope))
            written.append(path)
    return written


def list_digests(added: list[Path]) -> None:
    """Append to SHA256SUMS, in the format of sha256sum; earlier lines stay as they are."""
    with (HERE / "SHA256SUMS").open("a") as sums:
        for path in added:
            sums.write(f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n")


if __name__ == "__main__":
    new = write_missing()
    list_digests(new)
    print(*[path.name for path in new] or ["nothing is missing"], sep="\n")
