"""What the monitor found and nobody has mended yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.runtime.database import Connection


async def alarms(connection: Connection) -> dict[str, str]:
    """What the monitor found and nobody has mended yet, by kind, the oldest first."""
    cursor = await connection.execute("select kind, detail from monitor_alarms order by since")
    return dict(await cursor.fetchall())
