"""The pages of questions and answers in the states that matter."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from events.inquiries import AnswerShown
from services.intake.inquiries.answers import Edition
from services.intake.inquiries.inquiry_status import Progress, Reply
from services.projections.inquiries import opening
from services.runtime.identity import Identity, Role

if TYPE_CHECKING:
    from services.agency.site import Site

State = tuple[str, str, dict[str, Any]]
AT = datetime(2026, 3, 14, 20, 26, 53, tzinfo=UTC)
SINCE, ENDED = date(2026, 1, 1), date(2026, 3, 1)


def edition(text: str, number: int = 2, **changes: Any) -> Edition:
    """An edition that holds."""
    values: dict[str, Any] = {
        "answer": "noise",
        "edition": number,
        "subject": "disorder",
        "since": SINCE,
        "until": None,
        "source": text,
        "published_at": AT,
        "language": "en",
        "title": text,
        "text": text,
    }
    return Edition(**values | changes)


def public_states(text: str, emergencies: dict[str, dict[str, str]]) -> list[State]:
    """What everybody may see; `emergencies` by outcome."""
    holds, held = edition(text), edition(text, 1, until=ENDED, source=None, subject="parking")
    home: dict[str, Any] = {
        "form": {},
        "listed": [holds, held],
        "error": None,
        "emergency": None,
        "form_key": "k",
        "path": "/answers",
    }
    typed = home | {"form": {"question": text, "danger": "unsure"}, "listed": []}
    told: dict[str, Any] = {
        "emergency": emergencies["none"],
        "report": None,
        "number": "Q-618-033-994",
        "pin": None,
        "inquiry_id": "0195938f",
        "found": [],
        "path": "/answers",
    }
    filed = {"report_number": "618-033-994", "pin": "271828"}
    one: dict[str, Any] = {
        "shown": holds,
        "there": [holds, held],
        "today": date(2026, 3, 14),
        "path": "/answers/x",
    }
    shown = (AnswerShown(answer="noise", edition=2, language="en"),)
    replies = (Reply(AT, text, ()), Reply(AT, None, shown))
    progress = Progress("Q-618-033-994", AT, text, replies)
    yours: dict[str, Any] = {
        "progress": None,
        "error": None,
        "found": [],
        "number": text,
        "path": "/x",
    }
    not_kept, in_doubt = "answers.not_kept", emergencies["confirm"]
    return [
        ("answers", "answers.html", home),
        ("answers, none", "answers.html", home | {"listed": []}),
        ("answers, refused", "answers.html", typed | {"error": "answers.say_something"}),
        (
            "answers, not kept, divert",
            "answers.html",
            typed | {"error": not_kept, "emergency": emergencies["divert"]},
        ),
        (
            "answers, not kept, confirm",
            "answers.html",
            typed | {"error": not_kept, "emergency": in_doubt},
        ),
        ("inquiry, answered", "inquiry.html", told | {"found": [holds, held]}),
        ("inquiry, in doubt", "inquiry.html", told | {"found": [held], "emergency": in_doubt}),
        (
            "inquiry, looked at",
            "inquiry.html",
            told | {"found": [held], "emergency": in_doubt, "pin": "271828"},
        ),
        ("inquiry, open", "inquiry.html", told | {"pin": "271828"}),
        ("inquiry, open before", "inquiry.html", told | {"emergency": None}),
        (
            "inquiry, divert",
            "inquiry.html",
            told | {"emergency": emergencies["divert"], "report": filed, "number": None},
        ),
        ("answer", "answer.html", one),
        ("answer, held", "answer.html", one | {"shown": held}),
        ("answer, only one", "answer.html", one | {"there": [holds]}),
        ("yours, asked", "inquiry_status.html", yours),
        ("yours, wrong", "inquiry_status.html", yours | {"error": "answers.wrong"}),
        (
            "yours, waiting",
            "inquiry_status.html",
            yours | {"progress": Progress("Q-618-033-994", AT, None, ())},
        ),
        ("yours", "inquiry_status.html", yours | {"progress": progress, "found": [holds]}),
    ]


def console_edition(text: str, number: int, **changes: Any) -> dict[str, Any]:
    """A row of `queries.editions`."""
    return {
        "answer": "noise",
        "edition": number,
        "subject": "disorder",
        "since": SINCE,
        "until": ENDED if number == 1 else None,
        "source": text,
        "published_at": AT,
        "published_by": text,
        "languages": ["en", "es"],
        "titles": [text, text],
        "texts": [text, text],
        "keywords": [text, ""],
        "version": 3,
        "retired_on": None,
    } | changes


def staff_states(text: str, identity: Identity, site: Site) -> list[State]:
    """What staff see."""
    waits: dict[str, Any] = {
        "number": "Q-618-033-994",
        "emergency": "confirm",
        "language": "es",
        "channel": "web",
        "why": "nothing-found",
        "received_at": AT,
        "left_open_at": AT,
    }
    counts = {"asked": 9, "answered": 5, "open": 2, "replied": 1, "emergencies": 1}
    told: dict[str, Any] = {"answer": text, "shown": 7, "not_helpful": 2}
    row = waits | {
        "key": "x",
        "version": 3,
        "state": "open",
        "shown": ["noise/2"],
        "report_number": None,
    }
    opened = opening.Opened(row, text, (opening.Reply(AT, text, text, ("noise/2",)),))
    emergency = row | {"state": "emergency", "report_number": "618-033-994"}
    two = [console_edition(text, 2), console_edition(text, 1)]
    one: dict[str, Any] = {
        "identity": identity,
        "opened": opened,
        "answers": two[:1],
        "pending": True,
        "form_key": "k",
        "languages": site.languages,
    }
    reader = Identity("auditor", Role.AUDITOR, "a-csrf-token")
    listing: dict[str, Any] = {
        "identity": identity,
        "answers": two[:1],
        "editions": [],
        "site": site,
        "pending": False,
        "form_key": "k",
        "today": date(2026, 3, 14),
    }
    work: dict[str, Any] = {
        "identity": identity,
        "waiting": [waits],
        "counts": counts,
        "shown": [told],
        "languages": site.languages,
    }
    retired = [console_edition(text, 1, retired_on=ENDED)]
    return [
        ("inquiries", "inquiries.html", work),
        ("inquiries, none", "inquiries.html", work | {"waiting": [], "shown": []}),
        ("question", "inquiry_console.html", one),
        (
            "question, emergency",
            "inquiry_console.html",
            one | {"identity": reader, "opened": opening.Opened(emergency, text, ())},
        ),
        ("answers, console", "answers_console.html", listing),
        (
            "answers, console, none",
            "answers_console.html",
            listing | {"answers": [], "identity": reader},
        ),
        ("answer, console", "answers_console.html", listing | {"editions": two, "pending": True}),
        ("answer, console, retired", "answers_console.html", listing | {"editions": retired}),
    ]
