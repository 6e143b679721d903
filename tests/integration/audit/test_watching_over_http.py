"""`blotter audit watch` of a log elsewhere, which may lie: exit codes and the metric."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from services.audit.elsewhere.watched import read, written
from services.cli.audit.watch import watch
from services.proofs.checkpoint import Checkpoint
from services.proofs.encoding import to_base64
from services.proofs.note import NoteSigner
from services.runtime.clock import now
from tests.unit.proofs.test_tree import consistency, root_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORIGIN = "blotter.test/log"
LOG = NoteSigner(ORIGIN, bytes(range(32)))
EMPTY_PATH: list[str] = []


class Served:
    """A log over HTTP that may lie: it says what the test makes it say."""

    def __init__(self) -> None:
        self.checkpoint, self.status = "", 200
        self.path: list[str] | None = None

    def say(self, size: int, root: bytes | None = None, signer: NoteSigner = LOG) -> None:
        found = Checkpoint(signer.name, size, root_of(size) if root is None else root)
        self.checkpoint = found.signed([signer])

    def answer(self, path: str) -> tuple[int, bytes]:
        if path.endswith("/checkpoint"):
            return self.status, self.checkpoint.encode()
        if path.endswith("/status"):
            return 200, b'{"stations": [{"name": "ledger", "lag_events": 0}]}'
        old, new = (int(part.partition("=")[2]) for part in path.partition("?")[2].split("&"))
        proof = [to_base64(each) for each in consistency(old, new)]
        return 200, orjson.dumps({"path": proof if self.path is None else self.path})


@contextmanager
def serving(log: Served) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = log.answer(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def a_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    log = Served()
    with serving(log) as url:
        monkeypatch.setenv("BLOTTER_URL", url)
        monkeypatch.setenv("BLOTTER_TOKEN", "anything")
        yield log


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "log.pub"
    file.write_text(f"# read out by telephone\n{LOG.verifier}\n")
    return file


def look(key: Path) -> int:
    state, metric = key.with_name("state"), key.with_name("blotter.prom")
    return watch(state=state, key=key, once=True, metric=metric)


def metric(key: Path) -> dict[str, str]:
    lines = key.with_name("blotter.prom").read_text().splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def test_a_log_that_grows_is_sound(a_log: Served, key: Path) -> None:
    for size in (0, 5, 5, 300):
        a_log.say(size)
        assert look(key) == 0
    found = metric(key)
    assert (found["blotter_watch_size"], found["blotter_watch_rewritten"]) == ("300", "0")


@pytest.mark.parametrize("case", ["fork", "longer fork", "shorter", "other key", "bit"])
def test_what_was_rewritten_is_found_again_and_again(
    a_log: Served, key: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    a_log.say(9)
    assert look(key) == 0
    match case:
        case "fork":
            a_log.say(9, root_of(10))
        case "longer fork":
            a_log.say(12, root_of(13))
        case "shorter":
            a_log.say(4)
        case "other key":
            a_log.say(12, signer=NoteSigner(ORIGIN, bytes(32)))
        case _:
            a_log.say(12)
            a_log.checkpoint = a_log.checkpoint.replace("\n12\n", "\n13\n")
    for _ in range(2):
        assert look(key) == 1
    found = metric(key)
    assert (found["blotter_watch_size"], found["blotter_watch_rewritten"]) == ("9", "1")
    words = capsys.readouterr().err
    assert "first bad size 9" in words or case in ("other key", "bit")


def test_a_path_that_shows_nothing_is_a_finding(a_log: Served, key: Path) -> None:
    a_log.say(9)
    assert look(key) == 0
    a_log.say(12)
    a_log.path = EMPTY_PATH
    assert look(key) == 1


def test_the_log_saying_itself_that_it_was_rewritten_is_believed(a_log: Served, key: Path) -> None:
    a_log.status = 409
    assert look(key) == 1


@pytest.mark.parametrize("status", [401, 404, 500, 503])
def test_what_cannot_be_told_is_not_called_sound(a_log: Served, key: Path, status: int) -> None:
    a_log.status = status
    assert look(key) == 2
    assert metric(key)["blotter_watch_could_tell"] == "0"


def test_a_log_that_is_shown_old_for_ever_is_noticed_though_it_says_that_nothing_waits(
    a_log: Served, key: Path
) -> None:
    a_log.say(9)
    assert look(key) == 0
    state = key.with_name("state")
    seen = read(state, [])
    state.write_bytes(written(replace(seen, advanced_at=now().timestamp() - 90_000)))
    assert watch(state=state, key=key, once=True) == 2
    a_log.say(10)
    assert watch(state=state, key=key, once=True) == 0
