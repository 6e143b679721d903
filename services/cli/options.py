"""Options that many commands take. cyclopts reads these types at run time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Data = Annotated[Path | None, Parameter(name="--data", help="Data directory of the installation.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
