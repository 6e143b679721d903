"""`blotter partner check`: line and field of what is wrong, by the reader that intake uses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest  # noqa: TC002 - fixtures

from services.cli.main import app

if TYPE_CHECKING:
    from pathlib import Path

EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "/partners/p",
    "type": "partner.incident-reported.v1",
    "data": {"type": "noise", "description": "loud"},
}


def checked(file: Path, *options: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    code = app(["partner", "check", str(file), "--json", *options], result_action="return_value")
    return code, json.loads(capsys.readouterr().out)


def findings(found: Any) -> set[tuple[int, str, str]]:
    return {(each["line"], each["level"], each["field"]) for each in found["findings"]}


def test_a_right_file_is_right_in_every_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forms = {
        "one.json": json.dumps(EVENT, indent=2),
        "batch.json": json.dumps([EVENT, EVENT | {"id": "2"}]),
        "lines.jsonl": f"{json.dumps(EVENT)}\n\n{json.dumps(EVENT | {'id': '2'})}\n",
        "lines.txt": f"{json.dumps(EVENT)}\n{json.dumps(EVENT | {'id': '2'})}\n",
    }
    for name, text in forms.items():
        (tmp_path / name).write_text(text)
        code, found = checked(tmp_path / name, capsys=capsys)
        assert (code, found["findings"]) == (0, []), name
        assert found["events"] == (1 if name == "one.json" else 2)


def test_every_wrong_attribute_and_every_unused_fact_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = EVENT | {
        "source": "/p",
        "type": "partner.incident-reported.v9",
        "time": "now",
        "purpose": "fun",
        "data": {"description": "x", "occurred": {"from": "noon"}, "extra": 1},
    }
    (tmp_path / "wrong.json").write_text(json.dumps([EVENT, wrong], indent=1))
    code, found = checked(tmp_path / "wrong.json", capsys=capsys)
    assert code == 1
    named = {each["field"]: (each["level"], each["line"]) for each in found["findings"]}
    lines = json.dumps([EVENT, wrong], indent=1).splitlines()
    for field, (_, line) in named.items():
        assert f'"{field.rpartition(".")[2]}"' in lines[line - 1] or field == "id", field
    assert {field for field, (level, _) in named.items() if level == "error"} == {
        "source",
        "type",
        "time",
        "purpose",
    }
    assert {"data.occurred.from", "data.extra"} <= named.keys()


def test_a_broken_line_is_named_and_the_others_are_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"{json.dumps(EVENT)}\n{{broken\n{json.dumps(EVENT | {'data': []})}\n"
    (tmp_path / "x.jsonl").write_text(text)
    code, found = checked(tmp_path / "x.jsonl", capsys=capsys)
    assert (code, found["events"]) == (1, 2)
    assert findings(found) == {(2, "error", "JSON"), (3, "error", "data")}


def test_ids_are_compared_within_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = EVENT | {
        "type": "partner.referral-answered.v1",
        "id": "r",
        "data": {"report_number": "618-033-991", "answer": "declined"},
    }
    changed = answer | {"data": answer["data"] | {"answer": "completed"}}
    events = [EVENT, EVENT, EVENT | {"data": {"description": "other"}}, answer, changed]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, events)))
    code, found = checked(tmp_path / "x.jsonl", capsys=capsys)
    assert code == 1
    assert findings(found) == {(2, "warning", "id"), (3, "warning", "id"), (5, "error", "id")}


def test_warnings_count_only_when_strict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.json").write_text(json.dumps(EVENT | {"data": {"type": "nothing-we-know"}}))
    assert checked(tmp_path / "x.json", capsys=capsys)[0] == 0
    assert checked(tmp_path / "x.json", "--strict", capsys=capsys)[0] == 1


def test_an_export_is_checked_with_its_mapping(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.toml").write_text(
        'partner = "p"\nid = "no"\ntype = "kind"\noccurred_from = "at"\ncalled_at = "rang"\n'
        'call_number = "no"\nzone = "America/New_York"\n'
    )
    (tmp_path / "x.csv").write_text(
        "no,kind,at,rang\n1,noise,2026-03-01 02:00,2026-03-01 02:10\n,noise,,\n3,noise,soon,never\n"
    )
    mapping = ("--mapping", str(tmp_path / "m.toml"))
    code, found = checked(tmp_path / "x.csv", *mapping, capsys=capsys)
    assert code == 1
    assert (3, "error", "id") in findings(found)
    assert (4, "warning", "occurred_from") in findings(found)
    assert (4, "warning", "data.call.called_at") in findings(found)
    assert not [each for each in found["findings"] if each["line"] == 2]


def test_a_file_that_is_not_there_is_another_matter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    none = str(tmp_path / "none.json")
    assert app(["partner", "check", none], result_action="return_value") == 2
    assert "none.json" in capsys.readouterr().err
