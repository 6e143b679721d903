"""The command `blotter`: registers its verbs, and gives failures their exit codes."""

from __future__ import annotations

import sys
import traceback

import cyclopts

from services.cli.agency import agency_app
from services.cli.audit.audit_verbs import audit_app
from services.cli.cosign import cosign_app
from services.cli.dead_letters import dead_letters_app
from services.cli.expected_errors import COULD_NOT_TELL, REFUSED
from services.cli.language import events_app
from services.cli.open311 import open311_app
from services.cli.partner.partner_verbs import partner_app
from services.cli.personal.group import add_verbs as add_personal_verbs
from services.cli.publish import publish
from services.cli.rebuild.rebuild_verbs import rebuild_app
from services.cli.setup import migrate, topics
from services.cli.status import status
from services.cli.telephone import telephone_app
from services.cli.text_inlets import text_app
from services.cli.token import token
from services.cli.triage.triage_verbs import triage_app
from services.cli.up import demo, up

app = cyclopts.App(name="blotter", help="Case management for police non-emergency reports.")
GROUPS = (
    events_app,
    dead_letters_app,
    audit_app,
    triage_app,
    partner_app,
    text_app,
    agency_app,
    rebuild_app,
    cosign_app,
    open311_app,
    telephone_app,
)
for group in GROUPS:
    app.command(group)
for verb in (up, demo, status, token, migrate, topics, publish):
    app.command(verb)
add_personal_verbs(app)


def run() -> None:
    """The entry point: expected failures become one line and exit code 1 or 2."""
    try:
        result = app()
    except COULD_NOT_TELL as error:
        print(f"blotter: {error}", file=sys.stderr)
        sys.exit(2)
    except REFUSED as error:
        print(f"blotter: refused: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception:  # a fault of ours says nothing about the data: not exit 1
        traceback.print_exc()
        sys.exit(2)
    sys.exit(result if isinstance(result, int) else 0)
