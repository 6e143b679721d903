"""The handler that decides each report with the bundle active for its number.

The bundle changes between batches only, and at the same number for all workers: see
`activating.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from services.runtime.inbox import StopError
from services.runtime.log import logger
from services.triage import activating, stored_bundles
from services.triage.bundle_files import usable
from services.triage.domain.activations import STREAM, Activations
from services.triage.domain.bundle import BundleError
from services.triage.handlers import NOTHING, Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.runtime.database import Connection
    from services.runtime.kafka import Record
    from services.triage.handlers import Triage


PreparedByBundle = Mapping[str, Prepared]


@dataclass
class BundleSwitch:
    """Passes records to the triage of their bundle; `pattern` is a triage with any bundle."""

    pattern: Triage
    _activations: Activations = field(default_factory=Activations)
    _by_bundle: dict[str, Triage] = field(default_factory=dict)

    async def prepare(self, records: Sequence[Record]) -> PreparedByBundle:
        """Prepare the records with the triage of each; gives what was read, by bundle."""
        async with self.pattern.pool.connection() as connection:
            await self._refresh(connection)
            runs = [
                (await self._triage(connection, bundle), run) for bundle, run in self._runs(records)
            ]
        prepared: dict[str, Prepared] = {}
        for triage, run in runs:
            read = await triage.prepare(run)
            bundle = triage.bundle.digest
            prepared[bundle] = {**prepared.get(bundle, {}), **read}
        return prepared

    async def __call__(
        self,
        connection: Connection,
        records: Sequence[Record],
        prepared: PreparedByBundle | None = None,
    ) -> None:
        """Decide in the caller's transaction; no activation can happen until it ends."""
        await activating.lock_activations(connection)
        await self._refresh(connection)
        for bundle, run in self._runs(records):
            triage = await self._triage(connection, bundle)
            await triage(connection, run, (prepared or {}).get(bundle, NOTHING))

    def _runs(self, records: Sequence[Record]) -> list[tuple[str, list[Record]]]:
        """The records in order, grouped into runs of the same bundle."""
        return [
            (bundle, list(run))
            for bundle, run in groupby(
                records, lambda record: self._activations.at(record.partition, record.number)
            )
        ]

    async def _refresh(self, connection: Connection) -> None:
        """Read the activations, if one was added."""
        cursor = await connection.execute(
            "select coalesce(max(version), 0) from events where stream_id = %s", [STREAM]
        )
        (version,) = await cursor.fetchone() or (0,)
        if version != len(self._activations.past) or not version:
            self._activations = await activating.activations(connection, self.pattern.events)
        if self._activations.newest is None:
            raise StopError("no bundle is in force")

    async def _triage(self, connection: Connection, bundle: str) -> Triage:
        """The triage of a bundle; StopError when it cannot be used: no other may replace it."""
        if bundle not in self._by_bundle:
            try:
                read = usable(await stored_bundles.load(connection, bundle))
            except BundleError as error:
                logger().error("triage.bundle-refused", bundle=bundle, reason=str(error))
                raise StopError(str(error)) from None
            self._by_bundle[bundle] = replace(self.pattern, bundle=read)
        return self._by_bundle[bundle]
