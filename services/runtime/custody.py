"""Opening the keyring of a process, and the register of destroyed keys it applies at start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg_pool import PoolTimeout

from services.runtime.clock import now
from services.runtime.database import TRANSIENT, connect
from services.runtime.destruction import replay
from services.runtime.epochs import Epochs
from services.runtime.keyring import Keyring
from services.runtime.log import logger
from services.runtime.register import Register, RegisterError
from services.runtime.rotation import begin_first_epoch

if TYPE_CHECKING:
    from pathlib import Path

    from services.runtime.database import Pool
    from services.runtime.settings import Settings


def open_keyring(settings: Settings) -> Keyring:
    """The keyring over the master key and, where there is a directory for them, the epochs."""
    return _keyring(settings.keys, settings.master_key_bytes)


def _keyring(keys: Path | None, master_key: bytes) -> Keyring:
    return Keyring(master_key, Epochs(keys / "epochs" if keys else None, master_key))


def open_register(settings: Settings) -> Register | None:
    """The register of destroyed keys; None without a directory, and then nobody is erased."""
    return Register(settings.keys / "destroyed.jsonl") if settings.keys else None


async def take_keys(settings: Settings, pool: Pool) -> Keyring:
    """A service's keyring, after keys that a restored backup brought back are destroyed again."""
    if (register := open_register(settings)) is not None:
        try:
            async with pool.connection() as connection:
                back = await replay(connection, register)
        except RegisterError as error:  # a damaged file must not keep emergencies out
            logger().error("keys.register-damaged", reason=str(error))
        except (*TRANSIENT, PoolTimeout) as error:  # nor may an absent Postgres
            logger().error("keys.register-not-replayed", error=type(error).__name__)
        else:
            if back:
                logger().error("keys.destroyed-again", count=len(back))
    return open_keyring(settings)


async def prepare_keys(database_url: str, keys: Path | None, master_key: bytes) -> None:
    """What a deployment does before its services: the first epoch, once."""
    async with await connect(database_url, "runtime") as connection:
        await begin_first_epoch(connection, _keyring(keys, master_key), now())
