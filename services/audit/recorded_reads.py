"""Recording comparisons, samples and narratives as reads, before their answer is given."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.access.reader import Reader
    from services.access.recording import Access
    from services.audit.differences import Comparison
    from services.audit.proven_record import Known


async def record_diff(
    access: Access,
    reader: Reader,
    compared: Comparison,
    *,
    number: str | None = None,
    percent: float | None = None,
) -> None:
    """Of one record, of a share of all, or of everything."""
    replay = "diff" if number else "diff-all" if percent is None else "diff-sample"
    await access.replayed(
        reader,
        replay,
        number=number,
        records=compared.records,
        as_of=f"position {compared.head}",
        through_position=compared.head,
    )


async def record_sample(access: Access, reader: Reader, found: dict[str, Any]) -> None:
    """The records that were drawn, if they are not too many for an event."""
    await access.replayed(
        reader,
        "sample",
        records=[row["id"] for row in found["items"]],
        as_of=f"position {found['through']}",
        through_position=found["through"],
    )


async def record_report(
    access: Access, reader: Reader, found: Known, form: str, content: bytes
) -> None:
    """Record that a narrative is given out as a file; it holds nothing personal."""
    digest = sha256(content).hexdigest()
    await access.exported(reader, f"report-{form}", found.reports, digest=digest)
