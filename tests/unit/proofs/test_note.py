"""Signed notes: the specification's examples, unknown keys, and every way to be no note."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.proofs.cosignature import Cosigner, cosigned_at, read_any_key
from services.proofs.note import NoteError, NoteSigner, read_key, sign, split, verify
from services.proofs.tree import ProofError

KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2O"
    "NncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
"""The example of C2SP signed-note."""
# The keys of Go's own documentation of golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZ"
    "b6KE6RyyBwJnAM=\n"
)
OURS = NoteSigner("blotter.test/log", bytes(range(32)))
OTHER = NoteSigner("blotter.test/log", bytes(32))


@pytest.mark.parametrize(("key", "note"), [(KEY, NOTE), (GO_KEY, GO_NOTE)])
def test_published_examples_hold(key: str, note: str) -> None:
    verified = verify(note, [read_key(key)])
    assert note.startswith(verified.text + "\n")
    assert str(read_key(key)) == key


def test_a_signed_text_comes_back() -> None:
    note = sign("one\n\ntwo\n", [OURS])
    assert verify(note.encode(), [OURS.verifier]).text == "one\n\ntwo\n"


def test_unknown_signatures_are_passed_over_even_of_the_same_name() -> None:
    note = sign("text\n", [OTHER, OURS])
    assert verify(note, [OURS.verifier]).by == (OURS.verifier,)
    assert verify(note, [OURS.verifier, OTHER.verifier]).by == (OTHER.verifier, OURS.verifier)


def test_a_note_that_nobody_known_signed_is_refused() -> None:
    with pytest.raises(NoteError, match="no known key"):
        verify(sign("text\n", [OTHER]), [OURS.verifier])


def test_a_false_signature_of_a_known_key_spoils_a_note_that_others_signed() -> None:
    note = sign("text\n", [OURS, OTHER]).replace("text", "Text")
    with pytest.raises(NoteError, match="not of this text"):
        verify(note, [OURS.verifier, OTHER.verifier])


@given(st.integers(0, len(NOTE.encode()) - 1), st.integers(0, 7))
def test_one_flipped_bit_anywhere_is_found(place: int, bit: int) -> None:
    altered = bytearray(NOTE.encode())
    altered[place] ^= 1 << bit
    with pytest.raises(ProofError):
        verify(bytes(altered), [read_key(KEY)])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "text\n",
        "text\n\n",
        NOTE[:-1],
        NOTE.replace("\n\n", "\n"),
        NOTE + "\n",
        NOTE.replace("— ", "- "),
        NOTE.replace("U", "\x00", 1),
        NOTE.replace("example m", "\tx"),
        NOTE.replace("aQM=", "aQN="),
        NOTE.replace("aQM=", "aQM"),
        "a\n\n— name AAAA\n",
        "a\n\n— na+me AAAAAAAA\n",
        "a\n\n—  AAAAAAAA\n",
        NOTE + NOTE.split("\n")[2] + "\n" * 2,
        "text\n\n" + (NOTE.split("\n")[2] + "\n") * 65,
        "x" * 1_000_001,
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(ProofError):
        verify(note, [read_key(KEY)])


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(NoteError):
        split(b"\xff\n\n" + NOTE.encode())


@pytest.mark.parametrize(
    "key",
    [
        "",
        "name",
        KEY.replace("530d903a", "530d903b"),
        KEY.replace("530d903a", "530D903A"),
        KEY.replace("foo", "fo o"),
        KEY[:-1],
        "x+530d903a+AekyeRrm",
    ],
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ProofError):
        read_any_key(key)


def test_a_cosignature_holds_for_its_text_and_time() -> None:
    cosigner = Cosigner("office.test/one", bytes(range(32)))
    note = sign("log\n1\nroot\n", [cosigner.at(1_700_000_000)])
    verified = verify(note, [read_any_key(str(cosigner.verifier))])
    assert cosigned_at(verified.lines[0].signature) == 1_700_000_000
    with pytest.raises(NoteError):
        verify(note.replace("log\n1", "log\n2"), [cosigner.verifier])
    with pytest.raises(NoteError, match="time"):
        sign("text\n", [cosigner])


def test_one_key_for_two_purposes_has_two_ids() -> None:
    cosigner = Cosigner("blotter.test/log", bytes(range(32)))
    assert cosigner.key_id != OURS.key_id
    with pytest.raises(NoteError):
        read_key(str(cosigner.verifier))


def test_the_cosignature_of_the_specification_is_read() -> None:
    """Its key is not published; its time is in the text of C2SP tlog-cosignature."""
    line = (
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrD"
        "JsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    _, (signature,) = split("example.com/behind-the-sofa\n\n" + line)
    assert cosigned_at(signature.signature) == 1679315147
    assert str(signature) == line
