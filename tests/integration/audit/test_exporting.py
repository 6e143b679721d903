"""An export verifies on a bare Python, the same of it gives the same bytes, and a corrupted one
never verifies."""

from __future__ import annotations

import random
import subprocess
import sys
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZipFile

import orjson
import pytest
import pytest_asyncio

from services.audit.record_export import export_records
from services.audit.refusals import UnknownNumberError
from services.ledger.exporting import bundle, verify
from services.ledger.exporting.bundle import archive, checkpoint_of
from services.ledger.exporting.verify import Export
from services.ledger.proofs.signing import sign
from services.projections.runner import Runner
from services.projections.views.case_status import CASE_STATUS
from tests.integration.ledger.test_verifying import LOG, the_key
from tests.integration.projections.histories import BEGAN, History

if TYPE_CHECKING:
    from pathlib import Path

    from services.ledger.exporting.bundle import Files
    from services.runtime.database import Connection

SIZES = (400, 1000)


@pytest.fixture
def a_history() -> History:
    return History(1)


@pytest_asyncio.fixture
async def a_viewed_history(projections: Connection, a_history: History) -> Connection:
    """A signed ledger and the case-status view of it."""
    for size in SIZES:
        await a_history.store(projections, size)
        await sign(projections, LOG, BEGAN)
    runner = Runner(CASE_STATUS)
    await runner.prepare(projections)
    while await runner.step(projections):
        pass
    return projections


async def numbers_of(connection: Connection, count: int) -> list[str]:
    """Of calls with the most events."""
    cursor = await connection.execute(
        "select coalesce(case_number, call_number) from case_status_calls"
        " order by reports desc, version desc, key limit %s",
        [count],
    )
    return [row[0] for row in await cursor.fetchall()]


def write(directory: Path, files: Files) -> Path:
    for path, content in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)
    return directory


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As an auditor does: no environment, no site packages."""
    command = [sys.executable, "-I", "-S", "-B", str(directory / "verify.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={})


async def test_an_export_verifies_on_a_bare_python(
    a_viewed_history: Connection, tmp_path: Path
) -> None:
    numbers = await numbers_of(a_viewed_history, 3)
    files = await export_records(
        a_viewed_history, numbers, await checkpoint_of(a_viewed_history, 1000)
    )
    directory = write(tmp_path / "export", files)
    found = run(directory)
    assert (found.returncode, found.stderr) == (0, "")
    assert "give --key FILE" in found.stdout
    key = tmp_path / "log.key"
    key.write_text(f"{await the_key(a_viewed_history)}\n")
    found = run(directory, "--key", str(key), "--json")
    summary = orjson.loads(found.stdout)
    assert (found.returncode, summary["verdict"], summary["key_pinned"]) == (0, "sound", True)
    assert summary["events"] == files["events.jsonl"].count(b"\n") > 20
    assert run(tmp_path / "export", str(tmp_path)).returncode == 2


async def test_the_states_say_which_events_and_rules_made_them(
    a_viewed_history: Connection,
) -> None:
    (number,) = await numbers_of(a_viewed_history, 1)
    files = await export_records(
        a_viewed_history, [number], await checkpoint_of(a_viewed_history, 1000)
    )
    view = orjson.loads(files["view.json"])
    ((key, call),) = view["tables"]["case_status_calls"].items()
    cursor = await a_viewed_history.execute(
        "select status, reports, version, position from case_status_calls where key = %s", [key]
    )
    columns = ("status", "reports", "version", "position")
    assert tuple(call["row"][name] for name in columns) == await cursor.fetchone()
    assert len(call["states"]) == call["row"]["version"]
    for report in view["tables"]["case_status_reports"].values():
        submitted, triaged, *_ = report["states"]
        assert submitted["rules"] == {"rules_version": "3", "rules": ["quiet"]}
        assert len(triaged["rules"]["bundle"]) == 64
    assert b"sealed" in files["events.jsonl"]
    assert b"sealed" not in files["view.json"]


async def test_the_same_numbers_and_checkpoint_give_the_same_bytes(
    a_viewed_history: Connection, a_history: History
) -> None:
    one, other = await numbers_of(a_viewed_history, 2)
    signed = await checkpoint_of(a_viewed_history, 1000)
    first = archive(await export_records(a_viewed_history, [one, other], signed))
    await a_history.store(a_viewed_history, 1010)
    await sign(a_viewed_history, LOG, BEGAN)
    again = archive(await export_records(a_viewed_history, [other, one, one], signed))
    assert first == again
    with ZipFile(BytesIO(first)) as zip_:
        assert zip_.testzip() is None


async def test_an_export_of_the_past_holds_what_was_signed_then(
    a_viewed_history: Connection, tmp_path: Path
) -> None:
    signed = await checkpoint_of(a_viewed_history, 400)
    cursor = await a_viewed_history.execute(
        "select call_number from case_status_calls order by opened_at limit 1"
    )
    row = await cursor.fetchone()
    assert row is not None
    write(tmp_path, await export_records(a_viewed_history, [row[0]], signed))
    assert Export(tmp_path, None).verify() == 0
    cursor = await a_viewed_history.execute(
        "select call_number from case_status_calls order by opened_at desc limit 1"
    )
    row = await cursor.fetchone()
    assert row is not None
    with pytest.raises(UnknownNumberError):
        await export_records(a_viewed_history, [row[0]], signed)
    with pytest.raises(UnknownNumberError):
        await export_records(a_viewed_history, ["R00-000000"], signed)


async def test_an_export_needs_no_view_and_believes_none(a_viewed_history: Connection) -> None:
    (number,) = await numbers_of(a_viewed_history, 1)
    signed = await checkpoint_of(a_viewed_history, 1000)
    before = await export_records(a_viewed_history, [number], signed)
    await a_viewed_history.execute("delete from case_status_calls")
    await a_viewed_history.execute("delete from case_status_reports")
    assert await export_records(a_viewed_history, [number], signed) == before


async def test_every_record_of_the_history_refolds_to_its_view(
    a_viewed_history: Connection, tmp_path: Path
) -> None:
    cursor = await a_viewed_history.execute("select report_number from case_status_reports")
    numbers = [row[0] for row in await cursor.fetchall()]
    signed = await checkpoint_of(a_viewed_history, 1000)
    files = await export_records(a_viewed_history, numbers, signed)
    assert files["events.jsonl"].count(b"\n") == 1000
    export = Export(write(tmp_path, files), None)
    assert (export.verify(), export.problems) == (0, [])


async def test_a_corrupted_export_never_verifies(
    a_viewed_history: Connection, tmp_path: Path
) -> None:
    (number,) = await numbers_of(a_viewed_history, 1)
    files = await export_records(
        a_viewed_history, [number], await checkpoint_of(a_viewed_history, 1000)
    )
    directory, chance = write(tmp_path, files), random.Random(20261123)
    assert Export(directory, None).verify() == 0
    for path, content in sorted(files.items()):
        file = directory / path
        for _ in range(6):
            bit = chance.randrange(len(content) * 8)
            altered = bytearray(content)
            altered[bit // 8] ^= 1 << bit % 8
            file.write_bytes(altered)
            export = Export(directory, None)
            assert export.verify() == 1, (path, bit)
            if path == "events.jsonl":
                line = content[: bit // 8].count(b"\n") + 1
                assert export.problems[0].startswith(f"events.jsonl line {line}, position "), bit
            elif path != "manifest.json":
                assert path in "\n".join(export.problems), export.problems
        for other in (content[:-1], content + b"\n", b""):
            file.write_bytes(other)
            assert Export(directory, None).verify() == 1, path
        file.unlink()
        assert Export(directory, None).verify() == 1, path
        file.write_bytes(content)
    (directory / "more").write_text("")
    assert Export(directory, None).verify() == 1


async def test_a_forgery_with_its_own_key_and_digests_is_found_by_a_key_from_elsewhere(
    a_viewed_history: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = await numbers_of(a_viewed_history, 1)
    signed = await checkpoint_of(a_viewed_history, 1000)
    files = await export_records(a_viewed_history, [number], signed)
    key = str(await the_key(a_viewed_history))
    first, *rest = files["events.jsonl"].split(b"\n")
    forged = orjson.dumps(orjson.loads(first) | {"actor": "x"}, option=orjson.OPT_SORT_KEYS)
    files["events.jsonl"] = b"\n".join([forged, *rest])
    files.pop("manifest.json")
    files["manifest.json"] = bundle._manifest(files)
    export = Export(write(tmp_path, files), key)
    assert export.verify() == 1
    assert "not in the log at this position" in export.problems[0]
    monkeypatch.setattr(verify, "root_of_path", lambda *_: export.checkpoint[2])  # type: ignore[index]
    assert Export(tmp_path, key).verify() == 1, "the view does not follow from the forgery"
