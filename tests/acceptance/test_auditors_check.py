"""What an auditor runs on an installation that works: no difference, until a view is edited."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from tests.acceptance.test_the_way_of_a_report import filed, status_of
from tests.blotter_command import blotter

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.installation import Installed

STORY = "Balthazar keeps the stolen lawn gnomes in his shed"


@pytest.fixture
def a_call(a_running_installation: Installed) -> str:
    """The number of a call that every view has seen."""
    with (
        httpx.Client(base_url=a_running_installation.url, timeout=30) as caller,
        a_running_installation.client() as staff,
    ):
        number = filed(caller, type="theft", description=STORY)["report_number"]
        status_of(staff, number)
    a_running_installation.settle()
    return str(number)


@contextmanager
def edited(installed: Installed, number: str) -> Iterator[None]:
    """Somebody sets the status in the view, and afterwards back."""
    statement = (
        "update projections.case_status_calls c set status = %s"
        " from projections.case_status_reports r where r.call_id = c.key and r.report_number = %s"
    )
    with psycopg.connect(installed.database_url, autocommit=True) as connection:
        connection.execute(statement, ["resolved", number])
        try:
            yield
        finally:
            connection.execute(statement, ["open", number])


def asked(installed: Installed, *arguments: str, there: bool) -> subprocess.CompletedProcess[str]:
    """The verb beside the database, or elsewhere with nothing but an address and a token."""
    if not there:
        return blotter("audit", *arguments, "--data", installed.data)
    token = installed.command("token", "--role", "auditor").strip()
    environment = os.environ | {"BLOTTER_URL": installed.url, "BLOTTER_TOKEN": token}
    return blotter("audit", *arguments, environment=environment)


def test_a_question_that_became_a_report_is_no_difference(
    a_running_installation: Installed,
) -> None:
    with a_running_installation.client() as asker:
        body = {"question": "Whom do I call, somebody with a gun is at my door right now?"}
        assert asker.post("/api/v1/inquiries", json=body).status_code == 201
    a_running_installation.settle()
    done = asked(a_running_installation, "diff", "--sample", "100%", there=False)
    assert (done.returncode, "0 different" in done.stdout) == (0, True), done


@pytest.mark.parametrize("there", [False, True])
def test_an_edited_view_is_named_with_row_and_field(
    a_running_installation: Installed, a_call: str, there: bool
) -> None:
    for what in (["--all"], [a_call], ["--sample", "100%"]):
        done = asked(a_running_installation, "diff", *what, there=there)
        assert (done.returncode, "0 different" in done.stdout) == (0, True), done
    with edited(a_running_installation, a_call):
        for what in (["--all"], [a_call]):
            done = asked(a_running_installation, "diff", *what, there=there)
            assert done.returncode == 1
            assert '- live     status: "resolved"\n+ replayed status: "open"' in done.stdout
            assert "case-status · case_status_calls · " in done.stdout
    done = asked(a_running_installation, "diff", "no-such-number", there=there)
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("there", [False, True])
def test_samples_and_reports_are_made_again(
    a_running_installation: Installed, a_call: str, there: bool, tmp_path: Path
) -> None:
    def drawn(*more: str) -> dict[str, Any]:
        arguments = ("sample", "--n", "3", "--seed", "5", "--json", *more)
        return dict(json.loads(asked(a_running_installation, *arguments, there=there).stdout))

    first = drawn()
    assert drawn("--through", str(first["through"])) == first
    done = asked(
        a_running_installation,
        "sample",
        "--n",
        "1",
        "--seed",
        "1",
        "--where",
        "colour=red",
        there=there,
    )
    assert (done.returncode, "colour=red" in done.stderr) == (2, True)

    files = [tmp_path / name for name in ("one.html", "two.html")]
    through = str(first["through"])
    for file in files:
        done = asked(
            a_running_installation,
            "report",
            a_call,
            "--out",
            str(file),
            "--through",
            through,
            there=there,
        )
        assert done.returncode == 0, done
    one, two = (file.read_bytes() for file in files)
    assert one == two
    assert a_call.encode() in one
    assert b"Balthazar" not in one
