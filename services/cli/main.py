"""The command line: parses, calls, prints. Exit codes: see the package."""

from __future__ import annotations

import asyncio
import sys
import traceback
from pathlib import Path
from typing import Annotated
from uuid import UUID

import cyclopts
import httpx
import orjson
import psycopg
from cyclopts import Parameter

from events.topics import Topics
from services.agency.loader import ProfileError, load_profile
from services.audit.elsewhere.remote import CannotTellError, FoundWrongError
from services.cli import dead_letters as letters
from services.cli import status as status_report
from services.cli.agency import agency_app
from services.cli.audit.verbs import audit_app
from services.cli.cosign import cosign_app
from services.cli.installation import NotFoundError, find_settings
from services.cli.language import events_app
from services.cli.open311 import open311_app
from services.cli.partner.verbs import partner_app
from services.cli.personal.group import add_verbs as add_personal_verbs
from services.cli.personal.staff import RefusedByServerError
from services.cli.published import show as show_published
from services.cli.rebuild import rebuild_app
from services.cli.telephone import telephone_app
from services.cli.texting import text_app
from services.cli.triage import bundles as _bundles  # noqa: F401 - registers its verbs
from services.cli.triage import rehearsals as _rehearsals  # noqa: F401 - registers its verbs
from services.cli.triage.verbs import MissingExtraError, triage_app
from services.connector import exporting as publishing
from services.connector.inlet import InletError, inlet
from services.connector.mapping import MappingError, load_mapping
from services.ledger.proofs.signing import RewrittenError
from services.local.demo import Demo
from services.local.installation import InstallationInUseError
from services.local.jars import KafkaJarsError
from services.local.server import ServerError
from services.local.up import NotReadyError
from services.local.up import up as run_up
from services.runtime.database import connect
from services.runtime.identity import Role, make_token
from services.runtime.kafka import KafkaTroubleError
from services.runtime.settings import Settings
from services.setup.database import make_topics, migrate_all
from services.triage.domain.bundle import BundleError
from services.triage.training.tables import TableError

app = cyclopts.App(name="blotter", help="Case management for police non-emergency reports.")
letters_app = cyclopts.App(
    name="dead-letters", help="What came from partners and could not be used."
)
app.command(events_app)
app.command(letters_app)
app.command(audit_app)
app.command(triage_app)
app.command(partner_app)
app.command(text_app)
app.command(agency_app)
app.command(rebuild_app)
app.command(cosign_app)
app.command(open311_app)
app.command(telephone_app)
add_personal_verbs(app)

Data = Annotated[Path | None, Parameter(name="--data", help="Data directory of the installation.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
EXPECTED = (
    CannotTellError,
    NotFoundError,
    NotReadyError,
    InstallationInUseError,
    ServerError,
    KafkaJarsError,
    KafkaTroubleError,
    MappingError,
    ProfileError,
    publishing.ExportError,
    InletError,
    TableError,
    MissingExtraError,
    BundleError,
    httpx.HTTPError,
    psycopg.OperationalError,
)


@app.command
def up(*, port: int = 8080, data: Data = None, demo: bool = True) -> None:
    """Start everything here and wait for Ctrl-C; the second time it goes on with the same data."""
    run_up(data, port, demo=demo)


@app.command
def demo(*, data: Data = None, seed: int = 1) -> None:
    """File some hours of invented reports through the public interfaces, and work a few."""
    settings = find_settings(data)
    token = asyncio.run(new_token(settings, Role.ADMINISTRATOR, "demo"))
    url = f"http://{settings.host}:{settings.port}"
    filed = Demo(url, token, load_profile(settings.agency), seed).run(progress=sys.stderr.isatty())
    print(f"{filed} reports filed; see {url}/console")


@app.command
def status(*, data: Data = None, json: Json = False) -> int:
    """Every process and station with its lag; exit 1 when something is not well."""
    found = asyncio.run(status_report.read_status(find_settings(data), data))
    if json:
        print(orjson.dumps(found).decode())
    else:
        status_report.show(found)
    return 0 if status_report.is_well(found) else 1


@app.command
def token(*, role: Role, data: Data = None, label: str = "cli") -> None:
    """Print a new API token for a role; it is shown once."""
    print(asyncio.run(new_token(find_settings(data), role, label)))


async def new_token(settings: Settings, role: Role, label: str) -> str:
    """A token for `role`, stored as a hash."""
    async with await connect(settings.database_url, "runtime") as connection:
        return await make_token(connection, role, label)


@app.command
def migrate(*, data: Data = None) -> None:
    """Bring the database up to date."""
    for applied in asyncio.run(migrate_all(find_settings(data).database_url)):
        print(applied)


@app.command
def topics(*, data: Data = None) -> None:
    """Make the missing topics."""
    settings = find_settings(data)
    for made in asyncio.run(make_topics(settings.kafka_bootstrap, settings.topic_prefix)):
        print(made)


@app.command
def publish(
    file: Path,
    *,
    mapping: Path,
    live: bool = False,
    rate: float | None = None,
    limit: int | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Publish an export of calls for service on its partner's inbound topic; repeats are harmless.

    With URL and TOKEN-FILE over HTTP instead, from anywhere. Exit 1 when some rows could not be
    sent (without an id, or unreadable) or were rejected.
    """
    over = inlet(url, token_file)
    settings = None if over else find_settings(data)
    result = asyncio.run(
        publishing.publish(
            file,
            load_mapping(mapping),
            bootstrap=settings.kafka_bootstrap if settings else "",
            topics=Topics(settings.topic_prefix if settings else "blotter"),
            over=over,
            live=live,
            rate=rate,
            limit=limit,
            progress=sys.stderr.isatty(),
        )
    )
    show_published(result, as_json=json)
    return 1 if result.lines_without_id or result.unreadable_lines or result.rejected else 0


@letters_app.command(name="list")
def list_letters(*, data: Data = None, limit: int = 100, json: Json = False) -> int:
    """The newest dead letters; exit 1 when some wait."""
    found = asyncio.run(letters.listed(find_settings(data), limit))
    letters.show_list(found, as_json=json)
    return 1 if any(letter["replayed_at"] is None and letter["kept"] for letter in found) else 0


@letters_app.command(name="show")
def show_letter(letter_id: UUID, *, data: Data = None) -> int:
    """One dead letter whole, original bytes included."""
    found = asyncio.run(letters.shown(find_settings(data), letter_id))
    if found is None:
        print("there is no such dead letter", file=sys.stderr)
        return 2
    print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    return 0


@letters_app.command(name="replay")
def replay_letter(letter_id: UUID, *, data: Data = None) -> int:
    """Use a dead letter after all; exit 1 with the reason when it still cannot be used."""
    refused = asyncio.run(letters.replayed(find_settings(data), letter_id))
    print(refused or "accepted", file=sys.stderr if refused else sys.stdout)
    return 1 if refused else 0


def run() -> None:
    """The entry point: expected failures become one line and exit code 2."""
    try:
        result = app()
    except EXPECTED as error:
        print(f"blotter: {error}", file=sys.stderr)
        sys.exit(2)
    except (RefusedByServerError, RewrittenError, FoundWrongError) as error:
        print(f"blotter: refused: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception:  # a fault of ours says nothing about the data: not exit 1
        traceback.print_exc()
        sys.exit(2)
    sys.exit(result if isinstance(result, int) else 0)
