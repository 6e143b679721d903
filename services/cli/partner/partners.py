"""`blotter partner add | list`."""

from __future__ import annotations

import asyncio
import sys

import orjson
from rich.console import Console
from rich.table import Table

from services.agency.loader import load_profile
from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.cli.partner import partner_app
from services.cli.partner.refusals import NO_ACCESS_LISTS, refused
from services.intake.partners import registering
from services.intake.partners.registry import PartnerError


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
        return refused(error)
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
        print(NO_ACCESS_LISTS, file=sys.stderr)
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
