"""A posted service request is filed like `POST /api/v1/reports`; only its format differs.

An emergency is filed and answered with the instruction whatever else is wrong: no key, an unknown
service, no place. Anything else is refused as the standard says, with the emergency beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from psycopg_pool import PoolTimeout

from services.hazards.structured import maximum
from services.intake.api import MOST_BYTES, committed, emergency_of, read_body
from services.intake.domain.report import assess_bytes, assess_report
from services.intake.domain.submission import read_submission
from services.intake.handlers import Submit
from services.intake.open311 import keys
from services.intake.open311.forms import read_form, salvage, to_body
from services.intake.open311.refusals import Open311Error
from services.runtime.clock import now
from services.runtime.database import TRANSIENT
from services.runtime.idempotency import KEPT
from services.runtime.problems import unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import Request

    from services.agency.profile import AgencyProfile
    from services.hazards.structured import Assessment
    from services.intake.domain.submission import Submission
    from services.intake.handlers import Intake
    from services.intake.open311.forms import Form
    from services.intake.open311.spark import Value

REPEATED_WITHIN: Final = timedelta(minutes=10)
"""The same bytes from the same application within this time are one report."""
FORM: Final = "application/x-www-form-urlencoded"
LONGEST_KEPT: Final = 5000


@dataclass(frozen=True, slots=True)
class Posted:
    """A request as read, and the reasons to refuse it."""

    raw: bytes
    form: Form
    submission: Submission
    assessment: Assessment
    refusals: tuple[Open311Error, ...]


async def file_request(intake: Intake, request: Request) -> Value:
    """Commit the report; gives the standard's answer, or raises the first refusal."""
    raw, trouble = await read_body(request)
    media_type = request.headers.get("content-type", FORM).partition(";")[0].strip().lower()
    if not trouble and media_type != FORM:
        trouble = "media-type"
    posted = _read(intake.profile, raw, trouble, request)
    emergency = emergency_of(intake.profile, posted.assessment)
    urgent = posted.assessment.outcome == "divert"
    try:
        key_id = await _key_of(intake, posted.form)
    except (*TRANSIENT, PoolTimeout, TimeoutError, OSError):
        raise unavailable(emergency=emergency) from None
    refusals = list(posted.refusals)
    if key_id is None:
        refusals.insert(0, Open311Error(403, "api_key is missing or not valid."))
    if refusals and not urgent:
        first = refusals[0]
        first.description = f"{first.description} {emergency['instruction']}"
        raise first
    command = _command(posted, key_id, request.headers.get("idempotency-key"))
    answer = await committed(intake, command, emergency)
    return [_receipt(intake.profile, posted, answer, emergency["instruction"])]


def _read(profile: AgencyProfile, raw: bytes, trouble: str | None, request: Request) -> Posted:
    readable = trouble in (None, "slow", "disconnected", "too-large")
    form = read_form(raw[:MOST_BYTES] if readable else b"", request.query_params.multi_items())
    submission = read_submission(to_body(form), profile.known_types, profile.zone, now())
    if trouble:
        submission.safety = salvage(raw)
        if not submission.says_something:
            text = raw[:LONGEST_KEPT].decode("utf-8", "replace")
            submission.keep("body", text, "not a readable form")
    assessment = assess_report(profile, submission)
    if trouble:
        assessment = maximum(assessment, assess_bytes(profile, raw))
    refusals = tuple(_refusals(profile, form, trouble))
    return Posted(raw, form, submission, assessment, refusals)


def _refusals(profile: AgencyProfile, form: Form, trouble: str | None) -> Iterator[Open311Error]:
    """Everything required, by the standard or by us, that is missing."""
    match trouble:
        case "too-large":
            yield Open311Error(400, f"The request has more than {MOST_BYTES} bytes.", code=413)
        case "media-type":
            yield Open311Error(400, f"The request is not {FORM}.", code=415)
        case None:
            pass
        case _:
            yield Open311Error(400, "The request did not arrive whole: send it again.", code=408)
    jurisdiction = form.get("jurisdiction_id")
    if jurisdiction and profile.open311.jurisdiction_id not in (None, jurisdiction):
        yield Open311Error(404, "jurisdiction_id was not found.")
    code = form.get("service_code")
    if code is None:
        yield Open311Error(400, "service_code was not provided.")
    elif code not in profile.types:
        yield Open311Error(404, "service_code was not found.")
    if not form.has_place:
        yield Open311Error(400, "No place: send lat and long, or address_string, or address_id.")


async def _key_of(intake: Intake, form: Form) -> str | None:
    async with intake.pool.connection() as connection:
        return await keys.recognise(connection, form.get("api_key"), now())


def _command(posted: Posted, key_id: str | None, given: str | None) -> Submit:
    """The command; without an idempotency key of the client, the bytes are the key."""
    digest = sha256(posted.raw).hexdigest()
    return Submit(
        submission=posted.submission,
        assessment=posted.assessment,
        channel="api",
        idempotency_key=given or digest,
        request=posted.raw,
        sender=f"open311/{key_id or ''}/{'given' if given else 'same'}",
        kept=KEPT if given else REPEATED_WITHIN,
        through=f"open311/{key_id}" if key_id else "open311",
    )


def _receipt(
    profile: AgencyProfile, posted: Posted, answer: dict[str, str], instruction: str
) -> Value:
    """Number, token or neither, depending on the type; the notice is for the reporting party."""
    known = profile.types.get(posted.submission.type or "")
    way = known.open311 if known else "realtime"
    notice = (
        f"{instruction} Report number {answer['report_number']}, PIN {answer['pin']}: keep both."
    )
    named: dict[str, Value] = {}
    if way == "realtime":
        named["service_request_id"] = answer["report_number"]
    elif way == "batch":
        named["token"] = answer["report_id"]
    return {**named, "service_notice": notice, "account_id": None}
