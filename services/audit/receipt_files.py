"""Receipts of a record as files, and whether each of them holds. Pure."""

from __future__ import annotations

from typing import Any

from services.audit.elsewhere.remote import FoundWrongError
from services.proofs.note import read_key
from services.proofs.receipt import read
from services.proofs.tree import ProofError


def check_receipts(found: dict[str, Any]) -> None:
    """Every receipt holds for the event beside it; FoundWrongError names the first that does not.

    By keys that came with them: whoever keeps receipts compares these with keys from elsewhere.
    """
    keys = [read_key(key) for key in found["keys"]]
    for item in found["items"]:
        try:
            made = read(item["receipt"])
            made.verify(item["event"].encode(), keys, found["log"])
        except ProofError as error:
            raise FoundWrongError(f"first bad position {item['position']}: {error}") from None
        if made.index != item["position"]:
            raise FoundWrongError(f"first bad position {item['position']}: another's receipt")


def receipt_files(found: dict[str, Any]) -> dict[str, bytes]:
    """The content of each file by its name: the keys, and an event and its receipt by position."""
    made = {"log.keys": "".join(f"{key}\n" for key in found["keys"]).encode()}
    for item in found["items"]:
        name = f"{item['position']:012}"
        made[f"{name}.json"] = item["event"].encode()
        made[f"{name}.tlog-proof"] = item["receipt"].encode()
    return made
