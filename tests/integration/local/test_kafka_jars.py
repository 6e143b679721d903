from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from services.local.jars import (
    KafkaJarsError,
    cache_directory,
    read_lock,
    resolve_kafka_jars,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_a_jar_that_differs_from_the_lock_is_refused(directory: Path) -> None:
    jars = resolve_kafka_jars(cache_directory(), print)
    shutil.copytree(jars[0].parent, directory / "kafka")
    tampered = directory / "kafka" / jars[1].name
    tampered.write_bytes(tampered.read_bytes() + b"!")
    with pytest.raises(KafkaJarsError, match=jars[1].name):
        resolve_kafka_jars(directory, print)


def test_an_unreachable_registry_is_explained(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with pytest.raises(KafkaJarsError, match="Maven Central"):
        resolve_kafka_jars(directory, print)
    assert not [jar for jar in read_lock() if (directory / "kafka" / jar.file_name).exists()]
