"""Requests for public records: events of casework, stream `records-request-<id>`.

Who asked is not kept here: what the law's clock needs is when it was asked, and for what.
"""

from __future__ import annotations

from datetime import date

from events.envelope import Event


class RecordsRequested(Event):
    """Somebody asked for public records, to be answered by `due_on`."""

    request_number: str
    received_on: date
    due_on: date
    reports: tuple[str, ...]


class RecordsRequestExtended(Event):
    """More time was taken, as the law allows once."""

    due_on: date


class RecordsReleased(Event):
    """The records were given out, what is exempt redacted."""

    reports: tuple[str, ...]
    redactions: dict[str, int]
    """How many values were redacted under each exemption code."""
    through: int
    """The ledger's position up to which the records were exported: so it can be done again."""
    digest: str
    """SHA-256 of what was given out."""


class RecordsRefused(Event):
    """Nothing was given out, under these exemption codes."""

    exemptions: tuple[str, ...]


RecordsEvent = RecordsRequested | RecordsRequestExtended | RecordsReleased | RecordsRefused
