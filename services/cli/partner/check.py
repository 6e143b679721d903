"""`blotter partner check FILE`: would these events be accepted? Offline."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import orjson

from services.agency.default import default_agency
from services.agency.loader import load_profile
from services.cli.options import Json
from services.cli.partner import partner_app
from services.connector.checking import Checked, Checker, check_text, is_by_line
from services.connector.export_checking import check_export
from services.connector.mapping import load_mapping
from services.runtime.clock import now


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
    _print(file, checked, as_json=json)
    wrong = checked.count("error") + (checked.count("warning") if strict else 0)
    return 1 if wrong else 0


def _print(file: Path, checked: Checked, *, as_json: bool) -> None:
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
