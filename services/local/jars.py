"""The jars of Apache Kafka, fetched once from Maven Central and checked against a lock."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import file_digest
from json import dumps, loads
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jgo.maven import MavenContext

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
# Without a binding Kafka logs nothing, not even why it will not start. It is not resolved together
# with Kafka: joined coordinates disturb the versions that jgo picks.
LOG_BINDING = "org.slf4j:slf4j-simple:1.7.36"
LOCK = Path(__file__).with_name("kafka-jars.lock")
_DOWNLOADS_AT_ONCE = 6


class KafkaJarsError(Exception):
    """Kafka's jars cannot be had, or are not the locked ones; the message says what to do."""


@dataclass(frozen=True)
class Jar:
    """One line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Its name in the cache."""
        return f"{self.artifact}-{self.version}.jar"


def cache_directory() -> Path:
    """`BLOTTER_CACHE`, or `~/.cache/blotter`."""
    chosen = os.environ.get("BLOTTER_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "blotter"


def read_lock() -> list[Jar]:
    """The locked jars, Kafka's own first."""
    return [Jar(*re.split("[: ]", line)) for line in LOCK.read_text().splitlines()]


def resolve_kafka_jars(cache: Path, on_progress: Callable[[str], None]) -> list[Path]:
    """Every jar of the class path, each with the sha256 of the lock.

    Fetches what is missing (44 MB the first time) and tells `on_progress`; warm, it only compares
    sizes and times with those it noted. KafkaJarsError if a jar cannot be had or differs.
    """
    jars = read_lock()
    directory = cache / "kafka"
    directory.mkdir(parents=True, exist_ok=True)
    if missing := [jar for jar in jars if not (directory / jar.file_name).exists()]:
        _fetch(missing, directory, on_progress)
    _check(jars, directory)
    return [directory / jar.file_name for jar in jars]


def lock_kafka_jars() -> None:
    """Write the lock anew from what jgo resolves now, after `KAFKA` was changed."""
    import jgo

    artifacts = [*jgo.resolve(KAFKA), *jgo.resolve(LOG_BINDING)[:1]]
    lines = [
        f"{artifact.groupId}:{artifact.artifactId}:{artifact.version} {_sha256(artifact.resolve())}"
        for artifact in artifacts
    ]
    LOCK.write_text("\n".join(lines) + "\n")


def _fetch(missing: list[Jar], directory: Path, on_progress: Callable[[str], None]) -> None:
    # Here, since it takes 0.7 s and is needed only once.
    from jgo.maven import MavenContext

    on_progress(f"fetching {len(missing)} jars of Apache Kafka from Maven Central, once")
    # Elsewhere first, so that an interrupted download never looks like a jar.
    with tempfile.TemporaryDirectory(dir=directory.parent) as temporary:
        context = MavenContext(repo_cache=Path(temporary), timeout=30)
        with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as threads:
            sizes = list(threads.map(lambda jar: _fetch_one(jar, context, directory), missing))
    on_progress(f"fetched {sum(sizes):,} bytes")


def _fetch_one(jar: Jar, context: MavenContext, directory: Path) -> int:
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    try:
        fetched: Path = component.artifact().resolve()
    except (OSError, RuntimeError) as error:
        msg = (
            f"cannot fetch {jar.file_name} from Maven Central ({type(error).__name__}): "
            "is this machine connected, and its proxy set? What was fetched is kept; try again"
        )
        raise KafkaJarsError(msg) from error
    _require(jar, fetched, _sha256(fetched))
    size_bytes = fetched.stat().st_size
    shutil.move(fetched, directory / jar.file_name)
    return size_bytes


def _check(jars: Iterable[Jar], directory: Path) -> None:
    stamp = directory / "verified.json"
    known = loads(stamp.read_text()) if stamp.exists() else {}
    seen: dict[str, list[object]] = {}
    for jar in jars:
        path = directory / jar.file_name
        status = path.stat()
        mark: list[object] = [status.st_size, status.st_mtime_ns, jar.sha256]
        if known.get(jar.file_name) != mark:
            _require(jar, path, _sha256(path))
        seen[jar.file_name] = mark
    if seen != known:
        unfinished = stamp.with_suffix(f".{os.getpid()}")
        unfinished.write_text(dumps(seen))
        unfinished.replace(stamp)


def _require(jar: Jar, path: Path, sha256: str) -> None:
    if sha256 != jar.sha256:
        msg = (
            f"{jar.file_name} is not the jar that {LOCK.name} names (sha256 {sha256} instead of "
            f"{jar.sha256}): remove {path} and try again; if it stays, do not run it"
        )
        raise KafkaJarsError(msg)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
