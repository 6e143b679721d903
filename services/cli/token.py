"""`blotter token`: API tokens for roles."""

from __future__ import annotations

from services.cli.database import run_in_schema
from services.cli.installation import find_settings
from services.cli.options import Data
from services.runtime.identity import Role, make_token
from services.runtime.settings import Settings


def token(*, role: Role, data: Data = None, label: str = "cli") -> None:
    """Print a new API token for a role; it is shown once."""
    print(new_token(find_settings(data), role, label))


def new_token(settings: Settings, role: Role, label: str) -> str:
    """A token for `role`, stored as a hash."""
    return run_in_schema(
        settings.database_url, "runtime", lambda connection: make_token(connection, role, label)
    )
