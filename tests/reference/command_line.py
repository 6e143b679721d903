"""`docs/reference/cli.md`: what `--help` says of every verb, on one page."""

from __future__ import annotations

import re
import sys
from unittest.mock import patch

from services.agency.default import PROJECT
from services.cli.main import app

HEAD = """# The command line

Made from the code by `python -m tests.reference`; a test fails when it is out of date.

Exit codes of every verb: 0 good; 1 something was found wrong, or refused; 2 it could not be told,
or the command was called wrongly.

A verb talks to the installation in `--data DIRECTORY`; else, if `BLOTTER_DATABASE_URL` is
set, to the one that the environment describes; else to the one in `BLOTTER_DATA` or `.blotter`.

"""
_HEADING = re.compile(r"^# blotter\n\n")


def command_line() -> str:
    """The page in Markdown; paths in it are relative to the checkout."""
    with patch.object(sys, "argv", ["blotter"]):  # cyclopts looks there for the command's name
        made = str(app.generate_docs(output_format="markdown", recursive=True))
    page = _HEADING.sub(HEAD, made.replace(f"{PROJECT}/", ""))
    lines = [line.rstrip() for line in page.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
