"""`blotter partner add | list | rotate | revoke | check`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import cyclopts
import orjson
from rich.console import Console
from rich.table import Table

from services.agency.default import default_agency
from services.agency.loader import load_profile
from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.connector.checking import Checked, Checker, check_text, is_by_line
from services.connector.export_checking import check_export
from services.connector.mapping import load_mapping
from services.intake.partners import registering
from services.intake.partners.registry import PartnerError
from services.runtime.clock import now

UNGUARDED = "This broker keeps no access lists: whoever reaches it can write as any partner."
partner_app = cyclopts.App(
    name="partner", help="Other systems that send events: who, by which token, and are they right?"
)


def _refused(error: PartnerError) -> int:
    print(f"blotter: {error}", file=sys.stderr)
    return 1


@partner_app.command
def add(
    name: str,
    *,
    label: str = "",
    answers_for: list[str] | None = None,
    kafka_user: str | None = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Add a partner: topics, a token, and one for exercises only. Tokens are shown once.

    ANSWERS-FOR names a desk whose referrals this partner answers; it may be given repeatedly. On
    Kafka only KAFKA-USER (default: NAME) may write its topic, where the broker keeps access lists.
    """
    settings = find_settings(data)
    desks = load_profile(settings.agency).desks
    unknown = [each for each in answers_for or () if each not in desks]
    if unknown:
        print(f"blotter: no such desk: {', '.join(unknown)}", file=sys.stderr)
        return 2
    try:
        made = asyncio.run(
            registering.add(settings, name, label or name, answers_for or [], kafka_user or name)
        )
    except PartnerError as error:
        return _refused(error)
    if json:
        print(
            orjson.dumps(
                {
                    "partner": name,
                    "token": made.token.secret,
                    "exercise_token": made.exercise_token.secret,
                    "inbound": made.inbound,
                    "replies": made.replies,
                    "guarded": made.guarded,
                }
            ).decode()
        )
        return 0
    print(f"token           {made.token.secret}")
    print(f"exercise token  {made.exercise_token.secret}")
    print("Neither is shown again. By HTTP: POST /api/v1/partner/events.", file=sys.stderr)
    print(f"By Kafka: {made.inbound}, answers on {made.replies}.", file=sys.stderr)
    if not made.guarded:
        print(UNGUARDED, file=sys.stderr)
    return 0


@partner_app.command(name="list")
def list_partners(*, data: Data = None, json: Json = False) -> None:
    """Every partner: what came from it, and the tokens that live, without their secrets."""
    found = asyncio.run(registering.listed(find_settings(data)))
    if json:
        print(orjson.dumps(found).decode())
        return
    table = Table("partner", "label", "answers for", "accepted", "dead letters", "tokens")
    for each in found:
        tokens = "\n".join(
            f"{token['token_id']} {'exercise only' if token['exercise_only'] else 'live'},"
            f" made {token['made_at'][:10]}, used {token['last_used_on'] or 'never'}"
            + (f", ends {token['ends_at'][:16]}" if token["ends_at"] else "")
            for token in each["tokens"]
        )
        table.add_row(
            each["name"],
            each["label"],
            ", ".join(each["answers_for"]),
            str(each["accepted"]),
            str(each["dead_letters"]),
            tokens or "none",
        )
    Console().print(table)


@partner_app.command
def rotate(name: str, *, overlap_hours: float = 24, data: Data = None) -> int:
    """A new token, shown once; the earlier ones for real end after the overlap."""
    try:
        token = asyncio.run(registering.rotate(find_settings(data), name, overlap_hours))
    except PartnerError as error:
        return _refused(error)
    print(token.secret)
    print(f"The earlier ones end in {overlap_hours:g} h.", file=sys.stderr)
    return 0


@partner_app.command
def revoke(name: str, token: UUID | None = None, *, data: Data = None) -> int:
    """End one token (its id is in `list`), or all of a partner's and its rights on its topics.

    Exit 1 when no token lived.
    """
    try:
        ended, rights = asyncio.run(registering.revoke(find_settings(data), name, token))
    except PartnerError as error:
        return _refused(error)
    print(f"{ended} tokens ended, {rights or 0} rights on topics", file=sys.stderr)
    if rights is None:
        print(UNGUARDED, file=sys.stderr)
    return 0 if ended else 1


@partner_app.command
def check(
    file: Path,
    *,
    partner: str | None = None,
    mapping: Path | None = None,
    agency: Path | None = None,
    strict: bool = False,
    json: Json = False,
) -> int:
    """Would these events be accepted? Offline; names line and field of what is wrong.

    FILE is one event, a batch, or JSON Lines; with MAPPING an export for `blotter publish`. Exit 1
    when an event would be rejected; STRICT counts warnings too.
    """
    checker = Checker(load_profile(agency or default_agency()), now(), partner)
    if mapping is not None:
        checked = check_export(checker, file, load_mapping(mapping))
    else:
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            print(f"{file}: {reason}", file=sys.stderr)
            return 2
        checked = check_text(checker, text, by_line=is_by_line(file.name, text))
    _show(file, checked, as_json=json)
    wrong = checked.count("error") + (checked.count("warning") if strict else 0)
    return 1 if wrong else 0


def _show(file: Path, checked: Checked, *, as_json: bool) -> None:
    totals = {
        "events": checked.events,
        "errors": checked.count("error"),
        "warnings": checked.count("warning"),
        "emergencies": dict(checked.emergencies),
    }
    if as_json:
        findings = [asdict(each) for each in checked.findings]
        print(orjson.dumps(totals | {"findings": findings}).decode())
        return
    for each in sorted(checked.findings, key=lambda found: found.line):
        print(f"{file}:{each.line}: {each.level}: {each.field}: {each.message}")
    outcomes = ", ".join(f"{count} {name}" for name, count in checked.emergencies.items())
    print(
        f"{totals['events']} events, {totals['errors']} errors, {totals['warnings']} warnings;"
        f" emergency: {outcomes or 'nothing assessed'}",
        file=sys.stderr,
    )
