"""The agency's settings of its Open311 endpoint."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Open311(BaseModel):
    """The profile's table `open311`; every entry is optional."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jurisdiction_id: str | None = Field(default=None, min_length=1)
    """None: requests may name any jurisdiction, since only one is served."""
    contact: str | None = Field(default=None, min_length=1)
    key_service: str | None = Field(default=None, min_length=1)
    """How a developer obtains a key."""
