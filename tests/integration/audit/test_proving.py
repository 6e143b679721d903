"""Every event of a record has a receipt, which a verifier of ten lines of its own believes."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from services.audit.elsewhere.remote import FoundWrongError
from services.audit.proving import prove_record
from services.audit.receipt_files import check_receipts, receipt_files
from services.audit.refusals import MisledError, UnknownNumberError
from tests.integration.audit.test_exporting import numbers_of
from tests.integration.ledger.test_verifying import LOG
from tests.integration.projections.histories import BEGAN, History
from tests.integration.projections.random_histories import caught_up

if TYPE_CHECKING:
    from services.runtime.database import Connection

SIZE = 700


async def a_viewed_ledger(connection: Connection) -> str:
    """Gives the number of a case in it."""
    await History(1).store(connection, SIZE)
    await caught_up(connection)
    (number,) = await numbers_of(connection, 1)
    return number


def root(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """RFC 9162 §2.1.3.2, written again."""
    found, number, last = leaf, index, size - 1
    for each in path:
        if number & 1 or number == last:
            found = sha256(b"\x01" + each + found).digest()
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = sha256(b"\x01" + found + each).digest()
        number, last = number >> 1, last >> 1
    return found


def believed(body: bytes, receipt: str) -> bool:
    head, _, checkpoint = receipt.partition("\n\n")
    first, index, *path = head.split("\n")
    _, size, signed_root, *_ = checkpoint.split("\n")
    leaf = sha256(b"\x00" + body).digest()
    made = root(int(index.split()[1]), int(size), leaf, [b64decode(each) for each in path])
    return first == "c2sp.org/tlog-proof@v1" and made == b64decode(signed_root)


async def test_every_event_of_a_record_has_a_receipt_that_holds(projections: Connection) -> None:
    number = await a_viewed_ledger(projections)
    found = (await prove_record(projections, LOG, number, BEGAN)).as_json()
    check_receipts(found)
    assert (found["size"], len(found["items"]) > 5) == (SIZE, True)
    made = receipt_files(found)
    for item in found["items"]:
        name = f"{item['position']:012}"
        assert believed(made[f"{name}.json"], made[f"{name}.tlog-proof"].decode())
        assert orjson.loads(made[f"{name}.json"])["id"] == item["event_id"]
    assert made["log.keys"].startswith(LOG.origin.encode())
    await projections.execute("delete from case_status_calls")
    await projections.execute("delete from case_status_reports")
    assert (await prove_record(projections, LOG, number, BEGAN)).as_json() == found


async def test_receipts_that_do_not_hold_are_named_by_their_position(
    projections: Connection,
) -> None:
    number = await a_viewed_ledger(projections)
    found = (await prove_record(projections, LOG, number, BEGAN)).as_json()
    first, second, third = found["items"][:3]

    def wrong(**changed: Any) -> dict[str, Any]:
        return found | {"items": [first, second | changed, third]}

    for bad in (
        wrong(event=second["event"].replace("1", "2", 1)),
        wrong(receipt=third["receipt"]),
        wrong(event=third["event"], receipt=third["receipt"]),
    ):
        with pytest.raises(FoundWrongError, match=f"first bad position {second['position']}:"):
            check_receipts(bad)


async def test_an_unknown_number_and_a_misleading_view_are_told_apart(
    projections: Connection,
) -> None:
    await a_viewed_ledger(projections)
    with pytest.raises(UnknownNumberError):
        await prove_record(projections, LOG, "nobody's", BEGAN)
    await projections.execute(
        "update case_status_reports set report_number = 'x' where key in"
        " (select key from case_status_reports limit 1)"
    )
    with pytest.raises(MisledError):
        await prove_record(projections, LOG, "x", BEGAN)
