"""Every page in the states that matter, with `text` wherever a person or a partner wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from events.access import PersonalDataRevealed
from events.casework import CallOpened, CaseReviewed
from events.envelope import Actor, Cause, CauseKind, Envelope, Event, Purpose
from events.intake import AttachmentAdded, ContactRulesStated, ReportWithdrawn
from events.personal import Personal
from services.agency.loader import load_profile
from services.agency.site_loader import load_site
from services.agency.which_number import which_number
from services.audit.sampling import STATUSES
from services.console.audit import EMPTY
from services.console.templates import TEMPLATES as CONSOLE_TEMPLATES
from services.console.verification import HERE
from services.intake.domain.contact_rules import ContactRules
from services.intake.follow_up import Step
from services.intake.nearby import NearbyReport
from services.intake.site.form_answers import safety_asked, wanted
from services.intake.site.site_language import TEMPLATES, site_in_language
from services.projections.health import StationHealth
from services.projections.personal.visibility import FIELDS, REASONS
from services.projections.totals import Counted
from services.runtime.identity import Identity, Role
from services.runtime.pages import Pages
from services.runtime.problems import ProblemError
from tests.unit.agency.conftest import AGENCIES
from tests.unit.pages import inquiry_samples, replays, triage_samples
from tests.unit.pages.rebuild_samples import comparison, rebuilds_values

INTAKE, CONSOLE = TEMPLATES, CONSOLE_TEMPLATES
PILOT = load_profile(AGENCIES / "chesterfield")
SITE = load_site(AGENCIES / "chesterfield", PILOT)
ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 14, 20, 26, 53, tzinfo=UTC)
PUBLIC = site_in_language(PILOT, SITE, "en").pages
SPANISH = site_in_language(PILOT, SITE, "es").pages
STAFF = Pages(CONSOLE, agency=PILOT.name, live=False, zone=ZONE, lines=PILOT.emergency)
REPORT = UUID("0195938f-1111-7000-8000-000000000001")
CALL = UUID("0195938f-2222-7000-8000-000000000002")
DIVERT = {
    "outcome": "divert",
    "instruction": "Nobody has been sent. Call 9-1-1 now. Cannot speak: text 9-1-1."
    " Outside the county: 804-748-1251. Thoughts of suicide: 988.",
}
CONFIRM = {
    "outcome": "confirm",
    "instruction": "Nobody has been sent. Is anybody hurt or in danger, or is it happening right"
    " now? If yes, or if in doubt, call 9-1-1 now. Cannot speak: text 9-1-1.",
}
TOLD: tuple[Event, ...] = (
    ContactRulesStated(
        report_number="618-033-993",
        channel="web",
        call="no",
        leave_message="unsure",
        write="yes",
        hours_from="09:00",
        hours_to="17:00",
    ),
    ReportWithdrawn(report_number="618-033-993", channel="web"),
    AttachmentAdded(
        report_number="618-033-993",
        channel="web",
        attachment_id=CALL,
        media_type="image/png",
        size=20_000,
        stored_sha256="ab" * 32,
        file=Personal(subject="report-x", sealed="AAAA"),
    ),
)
NONE = {"outcome": "none", "instruction": "Nobody has been sent. A person will read this report."}
TEXT_FIELDS = (
    "description",
    "location_text",
    "occurred_from",
    "occurred_to",
    "person_description",
    "vehicle_plate",
    "vehicle_make",
    "vehicle_model",
    "vehicle_colour",
    "contact_name",
    "contact_phone",
    "contact_email",
)


@dataclass(frozen=True)
class Kind:
    """What the form needs of a report type or a desk."""

    id: str
    label: str
    group: str = ""


DESKS = [Kind("patrol", "Uniformed Operations (patrol)"), Kind("property", "Property Desk")]


def identity(role: Role = Role.SUPERVISOR, csrf: str | None = "a-csrf-token") -> Identity:
    """A signed-in member of staff; without `csrf`, a token."""
    return Identity(role.value, role, csrf)


def form(text: str, step: str, type_id: str = "unclassified") -> dict[str, Any]:
    """A form, filled in and refused."""
    known = PILOT.types[type_id]
    typed = dict.fromkeys(TEXT_FIELDS, text) | {
        "form_key": "0195938f-3333-7000-8000-000000000003",
        "s_weapon": "unsure",
        "contact_safe": "no",
    }
    known_before = NearbyReport(NOW - timedelta(hours=5), 60, {"light-fault": "out"}, None)
    return {
        "known": known,
        "form": typed,
        "step": step,
        "safety": safety_asked(SITE, known),
        "carried": {"s_weapon": "unsure"} if step == "details" else {},
        "error": f"Blotter cannot store anything at the moment. {text}",
        "emergency": DIVERT,
        "stored": True,
        "known_near": [known_before],
        "moment": NOW,
        "path": "/report/x",
    }


def blank_form(step: str, type_id: str, **changes: Any) -> dict[str, Any]:
    """A form that nobody has filled in."""
    nothing: dict[str, Any] = {
        "form": {},
        "error": None,
        "emergency": None,
        "stored": None,
        "known_near": [],
    }
    return form("", step, type_id) | nothing | changes


def progress(text: str) -> dict[str, Any]:
    """A report that was opened, as its reporting party sees it."""
    taken = ("received", "assessed", "opened", "supplemented", "attached", "withdrawn")
    steps = [Step(code, NOW + timedelta(minutes=7 * at)) for at, code in enumerate(taken)]
    answered = Step("referral-in-progress", NOW, date(2026, 4, 1), text)
    return {
        "report_number": "618-033-994",
        "status": "under investigation",
        "status_code": "under-investigation",
        "withdrawn": True,
        "desk": text,
        "call_number": "618-033-994",
        "timeline": [step.shown() for step in (*steps, answered)],
        "expected": [
            {"code": "accepted", "step": text, "by": NOW, "late": True},
            {"code": "assigned", "step": text, "by": NOW, "late": False},
        ],
    }


def followed(text: str, **changes: Any) -> dict[str, Any]:
    """The page of following a report, before anybody was let in to one."""
    return {
        "report_number": text,
        "progress": None,
        "error": None,
        "path": "/reports",
        "emergency": None,
        "done": None,
        "doubts": [],
        "found": None,
        "rules": None,
        "ticket": None,
        "opened": None,
        "form": {},
        "form_key": "a-key",
        "files_taken": True,
        "file_megabytes": 10,
        "file_most": 10,
    } | changes


def _followed_states(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    typed = {"description": text, "s_again": "unsure", "kind": "correct", "contact_phone": text}
    rules = ContactRules("yes", "no", "unsure", "09:00", "17:00")
    inside = followed(text, progress=progress(text), ticket="a-ticket", rules=rules)
    refused = followed(text, error="status.over", opened="add", form=typed)
    status = "report_status.html"
    return [
        ("status, asked", status, followed(text)),
        ("status, wrong", status, followed(text, error="status.unknown", form={"name": text})),
        ("status", status, inside),
        ("status, added", status, inside | {"done": "correct", "emergency": CONFIRM}),
        ("status, diverted", status, inside | {"done": "add", "emergency": DIVERT}),
        (
            "status, rules unclear",
            status,
            inside | {"done": "contact", "doubts": ["follow.hours_unclear", "follow.unclear"]},
        ),
        ("status, refused", status, refused | {"emergency": DIVERT}),
        ("status, withdrawing refused", status, refused | {"opened": "withdraw"}),
        (
            "status, file refused",
            status,
            followed(text, error="follow.file_type", opened="file", ticket="a-ticket"),
        ),
        ("status, found", status, followed(text, found=[progress(text)], form={"name": text})),
        ("status, found nothing", status, followed(text, found=[], form={"reached": text})),
    ]


def case_row(text: str, index: int = 0) -> dict[str, Any]:
    """A row of `queries.case_status`; every seventh is not triaged yet."""
    triaged = index % 7 != 6
    is_case = index % 3 == 0
    return {
        "received_position": 1000 - index,
        "report_number": f"618-033-{994 - index}",
        "received_at": NOW - timedelta(minutes=11 * index),
        "channel": "partner",
        "partner": text,
        "purpose": "exercise" if index % 5 == 4 else "live",
        "type": text if index % 10 == 0 else "vehicle-break-in",
        "occurred_from": None,
        "emergency": ("none", "confirm", "divert")[index % 3],
        "urgency": index % 5 if triaged else None,
        "severity": 3 if triaged else None,
        "desk": "telephone-reporting-unit" if triaged else None,
        "district": "Clover Hill",
        "call_number": f"618-033-{994 - index}" if triaged else None,
        "case_number": f"2026-{1000 + index}" if triaged and is_case else None,
        "officer": text if triaged and is_case else None,
        "reports": index % 4 + 1 if triaged else None,
        "dispositions": [] if triaged else None,
        "version": 3 if triaged else None,
        "status": "under-investigation"
        if triaged and is_case
        else "open"
        if triaged
        else "received",
    }


def _workload(text: str) -> list[dict[str, Any]]:
    counts = {"urgency_0": 0, "urgency_1": 2, "urgency_2": 0, "urgency_3": 4, "urgency_4": 1}
    rows = [("patrol", None, 3), ("property", text, 40), ("telephone-reporting-unit", None, 3000)]
    return [
        {
            "desk": desk,
            "officer": officer,
            "open_calls": 7,
            "open_cases": 2,
            "oldest": NOW - timedelta(minutes=age),
            **counts,
            "urgency_0": int(desk == "patrol"),
        }
        for desk, officer, age in rows
    ]


def board_values(text: str, rows: int = 12) -> dict[str, Any]:
    """A busy board."""
    handoff = {
        "report_number": "618-033-994",
        "type": text,
        "rules": ["L0.weapon-yes", text],
        "latitude": 37.377123,
        "longitude": -77.50604,
        "offered_at": NOW - timedelta(minutes=3),
        "called_at": None,
    }
    elsewhere = {
        **handoff,
        "report_number": "712-345-678",
        "type": None,
        "latitude": None,
        "called_at": NOW - timedelta(minutes=9),
    }
    names = ("intake.relay", "triage.take-reports", "casework.take-decisions", "ledger", "web")
    return {
        "handoffs": [handoff, elsewhere],
        "workload": _workload(text),
        "totals": Counted(1234, 987, 65, NOW - timedelta(minutes=1)),
        "cases": [case_row(text, index) for index in range(rows)],
        "stations": [
            *(StationHealth(name, 4711, True, 0, 0.0, None) for name in names),
            StationHealth("view.workload", 4712, False, 42, 73.512, text),
        ],
        "moment": NOW,
    }


def empty_board_values() -> dict[str, Any]:
    """The board of an installation that has just started."""
    return {
        "handoffs": [],
        "workload": [],
        "cases": [],
        "stations": [],
        "moment": NOW,
        "totals": Counted(0, 0, 0, NOW),
    }


def _entry(position: int, data: Event, cause: Cause, text: str) -> dict[str, Any]:
    envelope = Envelope(
        event_id=UUID(int=position),
        type="casework.event.v1",
        stream_id=f"call-{CALL}",
        version=position,
        occurred_at=NOW,
        recorded_at=NOW,
        actor=Actor(text, text, "console"),
        purpose=Purpose.LIVE,
        cause=cause,
        correlation_id=CALL,
        source="blotter/casework",
        data=data,
    )
    facts = [("call number", "618-033-993"), ("note", text)]
    return {"position": position, "envelope": envelope, "facts": facts, "raw": f'{{"is":"{text}"}}'}


def personal(text: str) -> dict[str, Any]:
    """A record somebody opened, and its readers."""
    opened = PersonalDataRevealed(
        role="supervisor",
        number="618-033-993",
        records=(REPORT,),
        fields=("statement", text),
        through_position=2,
        until=NOW,
        reason="review",
    )
    read = {
        "read_at": NOW,
        "who": text,
        "role": "officer",
        "through": "console",
        "did": "revealed",
        "fields": ["statement"],
        "detail": None,
        "reason": "other",
        "explanation": text,
    }
    masked = read | {"did": "viewed", "fields": [], "reason": None, "explanation": None}
    exported = masked | {"did": "exported", "detail": text}
    return {
        "revealed": [opened],
        "openable": list(FIELDS.items()),
        "reasons": REASONS,
        "minutes": 15,
        "longest": 500,
        "reads": [read, masked, exported],
    }


def timeline(text: str, **changes: Any) -> dict[str, Any]:
    """A case under investigation, seen by a supervisor."""
    opened = CallOpened(
        call_number="618-033-993",
        report_id=REPORT,
        report_number="618-033-993",
        type="theft",
        urgency=3,
        severity=3,
        emergency="none",
        desk="property",
    )
    entries = [
        _entry(1, opened, Cause(CauseKind.COMMAND, CALL), text),
        _entry(2, CaseReviewed(outcome="returned"), Cause(CauseKind.EVENT, UUID(int=1)), text),
        *(
            _entry(3 + at, each, Cause(CauseKind.COMMAND, CALL), text)
            for at, each in enumerate(TOLD)
        ),
    ]
    return {
        "identity": identity(),
        "number": "618-033-993",
        "entries": entries,
        "pending": True,
        "row": case_row(text, 1),
        "version": 3,
        "desks": DESKS,
        **personal(text),
    } | changes


def _filed(text: str, **changes: Any) -> dict[str, Any]:
    known = PILOT.types["theft"]
    return {
        "answer": {"report_number": "618-033-994", "pin": "271828"},
        "warnings": [],
        "anonymous": False,
        "known": known,
        "form": dict.fromkeys(TEXT_FIELDS, text),
        "path": "/",
        "safety": safety_asked(SITE, known),
        "wanted": wanted(SITE, known),
        "missing": ["when"],
        "moment": NOW,
        "emergency": NONE,
    } | changes


def _public_states(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    home = {
        "text": text,
        "types": PILOT.types,
        "unknown": PILOT.unknown_type,
        "path": "/",
        "emergency": None,
    }
    numbers = {
        "rows": which_number(PILOT, SITE),
        "open_now": {"always": True, "office": False},
        "partners": PILOT.partners,
        "path": "/which-number",
    }
    call = {"known": PILOT.types["stolen-vehicle"], "telephone": "804-748-1251", "path": "/"}
    return [
        ("home", "site_home.html", home | {"found": None}),
        ("home, found", "site_home.html", home | {"found": ["theft", "stolen-vehicle"]}),
        ("home, diverted", "site_home.html", home | {"found": [], "emergency": DIVERT}),
        ("home, in doubt", "site_home.html", home | {"found": [], "emergency": CONFIRM}),
        ("numbers", "site_numbers.html", numbers),
        ("call", "site_call.html", call),
        ("form, empty", "site_form.html", blank_form("safety", "theft")),
        ("form, short", "site_form.html", blank_form("all", "street-light")),
        ("form, in doubt", "site_form.html", blank_form("details", "theft", emergency=CONFIRM)),
        ("form, refused", "site_form.html", form(text, "details")),
        ("form, refused at first", "site_form.html", form(text, "safety")),
        (
            "filed, divert",
            "report_received.html",
            _filed(text, emergency=DIVERT, warnings=[text], anonymous=True),
        ),
        ("filed, confirm", "report_received.html", _filed(text, emergency=CONFIRM)),
        ("filed", "report_received.html", _filed(text)),
        *inquiry_samples.public_states(text, {"none": NONE, "confirm": CONFIRM, "divert": DIVERT}),
        *_followed_states(text),
    ]


def _verdict(text: str, code: int) -> dict[str, Any]:
    bad = {"position": 7, "until": 9, "problem": text, "checkpoint": False}
    return {
        "exit": code,
        "first_bad": bad if code == 1 else None,
        "log": text,
        "keys": [text],
        "doubts": [text] if code == 2 else [],
        "events": [9, 9],
        "checkpoints": [3, 3],
        "unsigned_events": 0,
    }


def _watched(text: str) -> dict[str, Any]:
    some: dict[str, Any] = {"name": text, "refused": None, "last_seen": NOW, "lag_events": 3}
    return {
        "alarms": {text: text},
        "checkpoint": text,
        "cosigners": [some, some | {"refused": text}, some | {"last_seen": None}],
    }


def _staff_states(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    board = STAFF.fragment("board_fragment.html", **board_values(text))
    empty = STAFF.fragment("board_fragment.html", **empty_board_values())
    operator = identity(role=Role.ADMINISTRATOR)
    copies = STAFF.fragment("rebuilds_fragment.html", identity=operator, **rebuilds_values(text))
    nothing: dict[str, Any] = {
        "entries": [],
        "row": None,
        "version": None,
        "pending": False,
        "revealed": [],
        "openable": [],
        "reads": [],
    }
    roles = list(Role)
    asked = {
        "identity": identity(),
        "number": "618-033-993",
        "error": None,
        "diff": None,
        "sample": None,
        "form": dict.fromkeys(EMPTY, text),
        "statuses": STATUSES,
        "desks": ["patrol", text],
        "types": [text],
        "watched": _watched(text),
    }
    unwatched: dict[str, Any] = {"alarms": {}, "cosigners": [], "checkpoint": None}
    return [
        ("audit, nobody watches", "audit.html", asked | {"watched": unwatched}),
        *(
            (
                f"audit, verdict {code}",
                "verification.html",
                {
                    "identity": identity(),
                    "number": text,
                    "refused": None,
                    "found": _verdict(text, code),
                },
            )
            for code in (0, 1, 2)
        ),
        (
            "audit, verification",
            "verification.html",
            {"identity": identity(), "number": text, "refused": text, "found": None},
        ),
        ("audit", "audit.html", asked | {"form": EMPTY, "number": ""}),
        ("audit, refused", "audit.html", asked | {"error": ("sample", text), "number": text}),
        ("audit, differences", "audit.html", asked | {"diff": _differences(text)}),
        (
            "audit, no difference",
            "audit.html",
            asked | {"diff": _differences(text) | {"differences": [], "different_rows": 0}},
        ),
        (
            "audit, nobody can tell",
            "audit.html",
            asked | {"diff": _differences(text) | {"differences": [], "frozen": {text: {text: 7}}}},
        ),
        ("audit, sample", "audit.html", asked | {"sample": _sample(text)}),
        ("board", "board.html", {"identity": identity(), "board": board}),
        ("board, empty", "board.html", {"identity": identity(csrf=None), "board": empty}),
        ("timeline", "timeline.html", timeline(text)),
        ("timeline, no call", "timeline.html", timeline(text, **nothing)),
        ("sign-in", "sign_in.html", {"roles": roles, "possible": True, "error": text}),
        ("sign-in, impossible", "sign_in.html", {"roles": roles, "possible": False, "error": None}),
        ("rebuilds", "rebuilds.html", {"identity": operator, "board": copies}),
        ("comparison", "comparison.html", {"identity": operator, "found": comparison(text)}),
        ("replay", "replay.html", {"identity": identity()} | replays.replayed(text, 2)),
        ("replay, first", "replay.html", {"identity": identity()} | replays.replayed(text, 1)),
        ("replay, not yet", "replay.html", {"identity": identity()} | replays.not_yet(text)),
        ("proof", "proof.html", {"identity": identity(csrf=None)} | replays.proven(text)),
        *inquiry_samples.staff_states(text, identity(), SITE),
        ("problem", "problem.html", {"problem": ProblemError(409, "x", text, text), "back": "/"}),
    ]


def _triage_states(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    return triage_samples.staff_states(text, identity(role=Role.ADMINISTRATOR))


def _differences(text: str) -> dict[str, Any]:
    """Rows that were changed, added and removed by hand."""
    fields = [{"field": "status", "live": f'"{text}"', "replayed": "null"}] * 2
    sides = [("changed", True, True), ("missing in the live view", False, True)]
    rows = [
        {
            "view": "case-status",
            "table": "case_status_calls",
            "key": text,
            "kind": kind,
            "fields": fields,
            "live_side": live,
            "replayed_side": replayed,
        }
        for kind, live, replayed in sides
    ]
    return {"differences": rows, "different_rows": 3, "frozen": {}, "events": 7, "head": 1234}


def _sample(text: str) -> dict[str, Any]:
    """Two records that were drawn."""
    row = case_row(text, 0) | {"number": "618-033-993", "opened_at": NOW}
    unopened = row | {
        "case_number": None,
        "status": "received",
        "type": None,
        "urgency": None,
        "desk": None,
        "opened_at": None,
    }
    return {"items": [row, unopened], "population": 12, "through": 1234, "seed": 7, "n": 2}


def every_page(text: str) -> dict[str, str]:
    """Every template rendered, by a name that says the state."""
    every = (
        (PUBLIC, _public_states(text), ""),
        (SPANISH, _public_states(text), " (es)"),
        (STAFF, _staff_states(text), ""),
        (STAFF, _triage_states(text), ""),
    )
    return {
        name + suffix: _whole(pages, template, values)
        for pages, states, suffix in every
        for name, template, values in states
    }


def templates_shown() -> set[str]:
    """The templates behind `every_page`."""
    states = _public_states("") + _staff_states("") + _triage_states("")
    shown = {template for _, template, _ in states}
    return shown | {"board_fragment.html", "rebuilds_fragment.html", "verdict.html"}


def _whole(pages: Pages, template: str, values: dict[str, Any]) -> str:
    html = pages.fragment(template, **values)
    if template == "verification.html":
        return html.replace(HERE, pages.fragment("verdict.html", **values))
    return html
