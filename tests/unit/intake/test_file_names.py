"""Names of files are harmless wherever they are shown, and kinds are judged by content."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.file_names import LONGEST, clean_name
from services.intake.domain.media_types import EXTENSIONS, media_type


@given(st.text(max_size=300) | st.none(), st.sampled_from(sorted(EXTENSIONS.values())))
def test_any_name_becomes_a_short_printable_one_with_the_ending_of_its_content(
    given_name: str | None, extension: str
) -> None:
    name = clean_name(given_name, extension)
    assert name.endswith(f".{extension}")
    assert len(name) <= LONGEST
    assert name == clean_name(name, extension)
    assert not set(name) & set("/\\<>\"'|?*&;`$")
    assert not [c for c in name if unicodedata.category(c).startswith("C")]
    assert not name.startswith((".", " "))


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("photo.jpg.exe", "photo.jpg.png"),
        ("C:\\Users\\ana\\casa.png", "casa.png"),
        ("../../etc/passwd", "passwd.png"),
        ("", "file.png"),
        (".png", "file.png"),
        ("año nuevo.JPEG", "año nuevo.png"),
        ("gpj.\u202eexe", "gpj.png"),
    ],
)
def test_names_people_send(given_name: str, expected: str) -> None:
    assert clean_name(given_name, "png") == expected


@given(st.binary(max_size=40))
def test_any_content_has_one_known_kind_or_none(content: bytes) -> None:
    assert media_type(content) in {None, *EXTENSIONS}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 9, "video/mp4"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 9, "image/heic"),
        (b"\x00\x00\x00\x18ftypevil" + b"\x00" * 9, None),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7 and so on", "application/pdf"),
        (b"<!doctype html>     ", None),
        (b" \xff\xd8\xff picture with a blank", None),
    ],
)
def test_kinds(content: bytes, kind: str | None) -> None:
    assert media_type(content) == kind
