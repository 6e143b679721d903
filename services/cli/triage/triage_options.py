"""Options that several verbs of `blotter triage` take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

Agency = Annotated[Path | None, Parameter(name="--agency", help="Directory of the profile.")]
Bundle = Annotated[str, Parameter(name="--bundle", help="A file, or the beginning of a hash.")]
Task = Literal["class", "duplicates"]
