"""What the web process hands to each service, which adds its own routes and loops to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from contextlib import AsyncExitStack

    from fastapi import FastAPI

    from services.access.recording import Access
    from services.agency.profile import AgencyProfile
    from services.runtime.keyring import Keyring
    from services.runtime.settings import Settings
    from services.runtime.stations import Station
    from services.runtime.wake import Wake


@dataclass(frozen=True, slots=True)
class Mounting:
    """The web process while it is composed. What is entered into `stack` is closed at its end."""

    app: FastAPI
    stack: AsyncExitStack
    settings: Settings
    wake: Wake
    keyring: Keyring
    access: Access
    profile: AgencyProfile
    stations: list[Station]
    """What the web process reports signs of life of; a service adds its own."""
    loops: list[Coroutine[None, None, None]] = field(default_factory=list)
