"""Reads as events: who saw, opened or took away what. On `blotter.access`.

Stream `access-<service>-<session>`, of the service that served the read, committed before its
answer. A session is a signed-in browser, a token on one day, or one run of the command line; its id
is derived from the secret and leads back to none. Who acted is the envelope's actor.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from events.envelope import Event
from events.moment import Moment
from events.personal import Personal


class CaseViewed(Event):
    """Somebody read a record, personal values masked; once for each record and session."""

    role: str
    number: str
    """The report, call or case number that was asked for."""
    records: tuple[UUID, ...]
    """Ids of the call, if there is one, and of its reports at that moment."""


class ListingViewed(Event):
    """A page of a listing was read; once for each page and session. Values of nobody are in it."""

    role: str
    listing: str
    filter: dict[str, str] = {}
    cursor: str | None = None
    """Where the page begins; none for the first one."""
    count: int
    """How many rows the page had when it was read first."""


class PersonalDataRevealed(Event):
    """Somebody opened masked values, for a reason and a time; no later ones came with them."""

    role: str
    number: str
    records: tuple[UUID, ...]
    fields: tuple[str, ...]
    """Names of the personal fields of events that were opened."""
    through_position: int
    """The last ledger position whose values were opened."""
    until: Moment
    reason: str
    """A code: emergency, reporter-contact, investigation and so on; the list may grow."""
    explanation: Personal[str] | None = None
    """In the words of who revealed; it may name the person, so it lies under the report's key."""


class ExportMade(Event):
    """Records left the system as a file. A long list of records is several events, in parts."""

    role: str
    form: str
    """What was made: bundle, report-pdf, public-records."""
    numbers: tuple[str, ...] = ()
    records: tuple[UUID, ...] = ()
    fields: tuple[str, ...] = ()
    """Names of the personal fields that are in the clear in it."""
    digest: str | None = None
    """SHA-256 of the file, in hexadecimal."""
    part: int = 1
    parts: int = 1


class ReplayRun(Event):
    """History was replayed to see a state: now, or as of an earlier moment."""

    role: str
    replay: str
    """Which one: show, history, diff, verify, rebuild."""
    number: str | None = None
    records: tuple[UUID, ...] = ()
    as_of: str | None = None
    """The position or time it was asked for, in words; none for the present."""
    through_position: int | None = None


class SignedIn(Event):
    """Somebody began a session."""

    role: str
    method: str


class SignedOut(Event):
    """Somebody ended the session."""

    role: str


class SignInRefused(Event):
    """Somebody did not get in. Never holds what was typed, unless it names an account we have."""

    account: str | None = None
    account_hash: str | None = None
    """Keyed hash of an unknown name: equal ones can be counted, and none can be read."""
    reason: Literal["unknown-account", "wrong-password", "not-possible"]
    unrecorded_before: int = 0
    """Refusals since the last recorded one that were too many to be recorded one by one."""


AccessEvent = (
    CaseViewed
    | ListingViewed
    | PersonalDataRevealed
    | ExportMade
    | ReplayRun
    | SignedIn
    | SignedOut
    | SignInRefused
)
