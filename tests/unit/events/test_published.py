"""What was published stays: golden files unedited, schemas compatible. Git remembers both.

`SHA256SUMS` notices an edited golden file, this notices an edited `SHA256SUMS`.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import orjson
import pytest

from events.published.schema_gate import breaking
from events.schema import as_bytes
from services.cli.language import schemas
from tests import history

PROJECT = Path(__file__).parents[3]
GOLDEN = "tests/golden"
SCHEMAS = "deploy/schemas"


def edited_golden(project: Path) -> list[str]:
    """Golden files, and lines of their digests, that are no longer what they were."""
    found = []
    for past in history.published(project, [f"{GOLDEN}/*.json", f"{GOLDEN}/SHA256SUMS"]):
        file = project / past.path
        now = file.read_bytes() if file.exists() else None
        kept = (
            set(past.content.splitlines()) <= set((now or b"").splitlines())
            if file.name == "SHA256SUMS"
            else now == past.content
        )
        if not kept:
            found.append(f"{past.path} was edited or removed; it is in the history as {past.blob}")
    return found


def broken_schemas(project: Path, generated: dict[str, dict[str, object]]) -> list[str]:
    """Schemas, generated or of older versions, that break one published earlier."""
    found = []
    for past in history.published(project, [f"{SCHEMAS}/*.json"]):
        file = project / past.path
        now = generated.get(file.stem) or (orjson.loads(file.read_bytes()) if file.exists() else {})
        lines = breaking(file.stem, orjson.loads(past.content), now) if now else ["it was removed"]
        found += [f"{line}; published as {past.blob}" for line in lines]
    return found


def test_no_golden_file_was_ever_edited() -> None:
    assert not edited_golden(PROJECT)


def test_no_schema_breaks_one_that_was_published() -> None:
    """Failing? Make it a new version, with an upcast step (`events/upcasts.py`)."""
    assert not broken_schemas(PROJECT, schemas())


def git(project: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=project, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def commit(project: Path) -> None:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "x")


@pytest.fixture
def a_published_language(tmp_path: Path) -> Path:
    """A repository of its own, with our golden files and schemas committed."""
    for folder in (GOLDEN, SCHEMAS):
        (tmp_path / folder).mkdir(parents=True)
        for file in (PROJECT / folder).iterdir():
            if file.suffix == ".json" or file.name == "SHA256SUMS":
                (tmp_path / folder / file.name).write_bytes(file.read_bytes())
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def test_an_addition_is_no_edit(a_published_language: Path) -> None:
    (a_published_language / GOLDEN / "casework.case-reopened.v1.json").write_text("{}")
    with (a_published_language / GOLDEN / "SHA256SUMS").open("a") as sums:
        sums.write("00  casework.case-reopened.v1.json\n")
    commit(a_published_language)
    assert not edited_golden(a_published_language)
    assert not broken_schemas(a_published_language, schemas())


@pytest.mark.parametrize("name", ["casework.case-reviewed.v1.json", "SHA256SUMS"])
@pytest.mark.parametrize("committed", [True, False])
def test_an_edited_golden_file_is_found_even_with_its_digest(
    a_published_language: Path, name: str, committed: bool
) -> None:
    file = a_published_language / GOLDEN / name
    file.write_bytes(file.read_bytes()[:-9])
    if committed:
        commit(a_published_language)
    (line,) = edited_golden(a_published_language)
    assert line.startswith(f"{GOLDEN}/{name} was edited")


def test_a_removed_golden_file_is_found(a_published_language: Path) -> None:
    (a_published_language / GOLDEN / "casework.note-added.v1.json").unlink()
    commit(a_published_language)
    assert len(edited_golden(a_published_language)) == 1


def test_a_schema_made_anew_with_the_code_is_still_held_to_what_was_published(
    a_published_language: Path,
) -> None:
    """Code and committed schema agree; only the history knows better."""
    name = "casework.case-number-issued.v1"
    changed = schemas()
    changed[name]["properties"] = {"number": {"type": "string"}}
    changed[name]["required"] = ["number"]
    (a_published_language / SCHEMAS / f"{name}.json").write_bytes(as_bytes(changed[name]))
    commit(a_published_language)
    found = broken_schemas(a_published_language, changed)
    assert any(f"{name}.json#/properties/case_number: " in line for line in found)
    assert any(f"{name}.json#/required: member 'number' is new and required" in f for f in found)


def test_what_was_withdrawn_for_a_reason_binds_nobody(a_published_language: Path) -> None:
    path = f"{GOLDEN}/casework.case-reviewed.v1.json"
    blob = git(a_published_language, "rev-parse", f"HEAD:{path}")
    (a_published_language / path).write_text("{}")
    withdrawn = a_published_language / history.WITHDRAWN
    withdrawn.write_text(f"# why\n{blob} {path} it was never deployed\n")
    commit(a_published_language)
    assert not edited_golden(a_published_language)


def test_what_a_branch_tried_out_before_it_was_merged_binds_nobody(
    a_published_language: Path,
) -> None:
    branch = git(a_published_language, "branch", "--show-current")
    git(a_published_language, "checkout", "--quiet", "-b", "trial")
    file = a_published_language / GOLDEN / "casework.case-reopened.v1.json"
    for content in ("{}", "[]"):
        file.write_text(content)
        commit(a_published_language)
    git(a_published_language, "checkout", "--quiet", branch)
    git(a_published_language, "merge", "--quiet", "--no-ff", "--message", "x", "trial")
    assert not edited_golden(a_published_language)


def test_without_history_it_is_skipped_and_where_history_is_required_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.delenv("CI_REQUIRES_HISTORY", raising=False)
    with pytest.raises(pytest.skip.Exception):
        history.published(tmp_path, [GOLDEN])
    monkeypatch.setenv("CI_REQUIRES_HISTORY", "1")
    with pytest.raises(pytest.fail.Exception):
        history.published(tmp_path, [GOLDEN])
