"""Commands about answers, posted from the console's forms.

Case staff may reply to an asker; publishing, revising and retiring take a reviewer.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID, uuid5

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from events.envelope import Actor, answer_stream, inquiry_stream
from events.inquiries import Wording
from services.intake.api import read_body
from services.intake.domain.answer import Draft, Publish, Retire, Revise
from services.intake.inquiries.answers import NAME
from services.intake.inquiries.publishing import Author, perform, reply
from services.intake.pages import read_form
from services.runtime.clock import new_id, now
from services.runtime.identity import CASE_WORKERS, REVIEWERS, Identity, check_csrf, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.agency.site import Site
    from services.intake.domain.answer import AnswerCommand
    from services.intake.handlers import Intake
    from services.runtime.identity import Role

COMMANDS = UUID("58d1ab0e-7b5d-5a0c-9f37-1f3a53d2c9e4")
"""Name space of the ids of commands that carry a form key."""
LONGEST = {"answer": 60, "source": 300, "title": 300, "keywords": 500, "text": 8_000}
LONGEST_REPLY = 8_000


def router(intake: Intake, site: Site) -> APIRouter:
    """The routes, on handlers that are already composed."""
    routes = APIRouter(tags=["console"])

    async def given(request: Request, roles: frozenset[Role]) -> tuple[Identity, dict[str, str]]:
        identity = await require(intake.pool, request, roles, now())
        raw, trouble = await read_body(request)
        if trouble:
            raise ProblemError(413, "too-large", "This did not arrive whole", "Use fewer words.")
        form = read_form(raw)
        check_csrf(identity, form.get("csrf"))
        return identity, form

    @routes.post("/console/inquiries/{number}/reply")
    async def answer_the_asker(request: Request, number: str) -> Response:
        identity, form = await given(request, CASE_WORKERS)
        text = _limited("reply", form.get("reply", ""), LONGEST_REPLY)
        today = now().astimezone(intake.profile.zone).date()
        inquiry_id, version = await reply(
            intake, number, text, form.get("answer", ""), today, _author(identity, form), now()
        )
        seen = quote(f"{inquiry_stream(inquiry_id)}@{version}")
        return RedirectResponse(f"/console/inquiries/{quote(number)}?seen={seen}", 303)

    async def done(request: Request, make: Any) -> Response:
        identity, form = await given(request, REVIEWERS)
        command: AnswerCommand = make(form)
        version = await perform(intake, command, _author(identity, form), now())
        seen = quote(f"{answer_stream(command.answer)}@{version}")
        return RedirectResponse(f"/console/answers/{quote(command.answer)}?seen={seen}", 303)

    @routes.post("/console/answers")
    async def publish(request: Request) -> Response:
        return await done(request, lambda form: Publish(_name(form), read_draft(site, form)))

    @routes.post("/console/answers/{answer}/revise")
    async def revise(request: Request, answer: str) -> Response:
        return await done(request, lambda form: Revise(_known(answer), read_draft(site, form)))

    @routes.post("/console/answers/{answer}/retire")
    async def retire(request: Request, answer: str) -> Response:
        return await done(request, lambda form: Retire(_known(answer), _day(form, "on")))

    return routes


def _author(identity: Identity, form: dict[str, str]) -> Author:
    """The actor and command id; the same form sent twice is one command."""
    key = form.get("form_key")
    command_id = uuid5(COMMANDS, f"{identity.account}/{key}") if key else new_id()
    through = "console" if identity.csrf else "api"
    seen = form.get("version", "")
    version = int(seen) if seen.isdecimal() and len(seen) < 9 else None
    return Author(Actor(identity.account, "department", through), command_id, version)


def read_draft(site: Site, form: dict[str, str]) -> Draft:
    """The content of an edition from a form; a problem names what is missing."""
    wordings = {
        language: Wording(title=title, text=text, keywords=_keywords(form, language))
        for language in site.languages
        if (title := _field(form, f"title_{language}", "title"))
        and (text := _field(form, f"text_{language}", "text"))
    }
    if site.first_language not in wordings:
        raise _incomplete(f"title and text in {site.languages[site.first_language]}")
    subject = form.get("subject", "")
    if subject not in site.groups:
        raise _incomplete("a subject of the list")
    return Draft(
        subject=subject,
        since=_day(form, "since"),
        wordings=wordings,
        until=_day(form, "until") if form.get("until") else None,
        source=_field(form, "source", "source") or None,
    )


def _keywords(form: dict[str, str], language: str) -> tuple[str, ...]:
    given = _field(form, f"keywords_{language}", "keywords")
    return tuple(filter(None, (each.strip() for each in given.split(","))))


def _field(form: dict[str, str], name: str, kind: str) -> str:
    return _limited(name, form.get(name, ""), LONGEST[kind])


def _limited(name: str, text: str, most: int) -> str:
    if len(text) > most:
        raise ProblemError(413, "too-large", f"{name} is too long", f"At most {most} characters.")
    # Postgres rejects NUL in text, which would stop the view of this answer.
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def _name(form: dict[str, str]) -> str:
    return _known(_field(form, "answer", "answer"))


def _known(name: str) -> str:
    if not NAME.fullmatch(name) or len(name) > LONGEST["answer"]:
        raise _incomplete("a name of small letters, digits and hyphens")
    return name


def _day(form: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(form.get(name, ""))
    except ValueError:
        raise _incomplete(f"{name}: a day such as 2026-07-01") from None


def _incomplete(what: str) -> ProblemError:
    return ProblemError(422, "form", "The form is not complete", f"It needs {what}.")
