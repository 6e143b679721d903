"""The program that travels with an export: its own Ed25519, its own fold, nothing of ours."""

from __future__ import annotations

import ast
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.ledger.exporting import verify
from services.projections.views.case_status import CASE_STATUS

VECTORS = (
    # RFC 8032 section 7.1: public key, message, signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
)


@pytest.mark.parametrize("vector", VECTORS)
def test_the_vectors_of_rfc_8032_hold(vector: tuple[str, str, str]) -> None:
    key, message, signature = map(bytes.fromhex, vector)
    assert verify.ed25519_holds(key, message, signature)
    for at in (0, 31, 32, 63):
        altered = signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :]
        assert not verify.ed25519_holds(key, message, altered)
    assert not verify.ed25519_holds(key, message + b"\x00", signature)
    larger = int.from_bytes(signature[32:], "little") + verify.ORDER
    malleable = signature[:32] + larger.to_bytes(32, "little")
    assert not verify.ed25519_holds(key, message, malleable)


def test_it_agrees_with_the_library() -> None:
    for seed in range(8):
        key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        public, message = key.public_key().public_bytes_raw(), b"m" * seed * 37
        assert verify.ed25519_holds(public, message, key.sign(message))
        assert not verify.ed25519_holds(public, message + b"x", key.sign(message))


def test_it_needs_nothing_but_the_standard_library() -> None:
    with open(verify.__file__, encoding="utf-8") as source:  # noqa: PTH123 - a module's own file
        tree = ast.parse(source.read())
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= set(sys.stdlib_module_names)


def test_it_folds_just_the_events_of_the_view() -> None:
    assert CASE_STATUS.handled == verify.FOLDED


@pytest.mark.parametrize(
    "line",
    [
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1}\n',
        b'{"a":"\\u0041"}',
        b'{"a":NaN}',
        b"[1]",
        b'{"a":"\xff"}',
        b'{"a":1e5 }',
    ],
)
def test_another_form_of_an_event_is_refused(line: bytes) -> None:
    with pytest.raises(verify.WrongError):
        verify.read_event(line)


def test_the_canonical_form_is_accepted_as_it_is_written() -> None:
    line = '{"a":1e16,"b":[-77.50,0.1,true,null],"ü":"\\n\\u001f\\"\\\\\x7f€"}'.encode()
    assert verify.read_event(line)["b"] == [-77.5, 0.1, True, None]
