"""The ledger holds bytes like these for ever: every later version of the code must read them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from events.codec import decode, encode
from events.header import header
from events.personal import personal_fields
from events.registry import EVENTS
from events.upcasts import STEPS
from services.runtime.keyring import unseal
from tests.golden.samples import GOLDEN_KEY

GOLDEN = Path(__file__).parents[2] / "golden"
FILES = sorted(GOLDEN.glob("*.json"))


def test_every_stored_name_has_a_golden_file() -> None:
    missing = (EVENTS.keys() | STEPS.keys()) - {file.stem for file in FILES}
    assert not missing, "add samples, then run `python -m tests.golden`"


def test_golden_files_are_never_edited_nor_removed() -> None:
    lines = (GOLDEN / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split() for line in lines)}
    assert len(listed) == len(lines)
    assert listed == {file.name: sha256(file.read_bytes()).hexdigest() for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_golden_file_is_read_and_written_again_byte_for_byte(file: Path) -> None:
    stored = file.read_bytes()
    envelope = decode(stored)
    assert header(stored).type == file.stem
    if file.stem in EVENTS:
        assert encode(envelope) == stored
    else:
        assert envelope.type in EVENTS


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_boxes_in_a_golden_file_still_open(file: Path) -> None:
    envelope = decode(file.read_bytes())
    keys = {value.subject: GOLDEN_KEY for _, value in personal_fields(envelope.data)}
    opened = unseal(envelope, keys)
    assert all(value.sealed is None for _, value in personal_fields(opened.data))
