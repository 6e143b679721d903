"""Failures that are told in one line instead of a traceback, by their exit code."""

from __future__ import annotations

import httpx
import psycopg

from services.agency.loader import ProfileError
from services.audit.elsewhere.remote import CannotTellError, FoundWrongError
from services.cli.installation import NotFoundError
from services.cli.personal.staff import RefusedByServerError
from services.connector.exporting import ExportError
from services.connector.inlet import InletError
from services.connector.mapping import MappingError
from services.ledger.proofs.signing import RewrittenError
from services.local.installation import InstallationInUseError
from services.local.jars import KafkaJarsError
from services.local.readiness import NotReadyError
from services.local.server import ServerError
from services.runtime.kafka import KafkaTroubleError
from services.triage.domain.bundle import BundleError
from services.triage.training.extra import MissingExtraError
from services.triage.training.tables import TableError

COULD_NOT_TELL = (
    CannotTellError,
    NotFoundError,
    NotReadyError,
    InstallationInUseError,
    ServerError,
    KafkaJarsError,
    KafkaTroubleError,
    MappingError,
    ProfileError,
    ExportError,
    InletError,
    TableError,
    MissingExtraError,
    BundleError,
    httpx.HTTPError,
    psycopg.OperationalError,
)
"""Exit code 2."""
REFUSED = (RefusedByServerError, RewrittenError, FoundWrongError)
"""Exit code 1."""
