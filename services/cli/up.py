"""`blotter up` and `blotter demo`: a whole installation here, and invented reports for it."""

from __future__ import annotations

import sys

from services.agency.loader import load_profile
from services.cli.installation import find_settings
from services.cli.options import Data
from services.cli.token import new_token
from services.local.demo import Demo
from services.local.up import up as run_up
from services.runtime.identity import Role


def up(*, port: int = 8080, data: Data = None, demo: bool = True) -> None:
    """Start everything here and wait for Ctrl-C; the second time it goes on with the same data."""
    run_up(data, port, demo=demo)


def demo(*, data: Data = None, seed: int = 1) -> None:
    """File some hours of invented reports through the public interfaces, and work a few."""
    settings = find_settings(data)
    token = new_token(settings, Role.ADMINISTRATOR, "demo")
    url = f"http://{settings.host}:{settings.port}"
    filed = Demo(url, token, load_profile(settings.agency), seed).run(progress=sys.stderr.isatty())
    print(f"{filed} reports filed; see {url}/console")
