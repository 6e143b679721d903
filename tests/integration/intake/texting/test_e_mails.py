"""Reports by e-mail: what was written, without what was only quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.intake.conftest import count
from tests.integration.intake.test_site import reports
from tests.integration.intake.texting.test_text_messages import LIGHT

if TYPE_CHECKING:
    from tests.integration.intake.texting.conftest import Provider

ANN = "Ann Smith <Ann@Example.org>"


async def test_a_report_by_e_mail(mail: Provider, a_database: str) -> None:
    asked = await mail.says(LIGHT, ANN, subject="Street light")
    assert asked["to"] == "ann@example.org"
    assert asked["reply"].startswith("-- Write your answer above this line --")
    quoted = "\n".join(f"> {line}" for line in asked["reply"].split("\n"))
    answer = f"No\n\nOn Monday, Police <police@example.org> wrote:\n{quoted}"
    where = await mail.says(answer, ANN, subject="Re: Street light")
    assert "Where is it?" in where["reply"]
    # Some programs quote without any mark of theirs: ours is enough.
    await mail.says(f"Main Street\n\n{asked['reply']}", ANN, subject="RE: Street light")
    await mail.says("", ANN, html="<p>1</p><blockquote>a weapon, a fire?</blockquote>")
    (report,) = await reports(a_database)
    assert (report.medium, report.type) == ("email", "street-light")
    assert report.emergency.outcome == "none"
    assert report.statement.value is not None
    assert report.statement.value.location_text == "Main Street"
    assert report.statement.value.answers["light-fault"] == "out"


async def test_an_emergency_in_a_subject_diverts(mail: Provider, a_database: str) -> None:
    told = await mail.says("please", ANN, subject="he has a gun and is shooting now")
    assert told["emergency"]["outcome"] == "divert"
    assert "Call 9-1-1 now" in told["reply"]
    assert await count(a_database, "handoffs") == 1


async def test_attachments_are_refused_politely(mail: Provider, a_database: str) -> None:
    told = await mail.says(LIGHT, ANN, attachments=[{"name": "photo.jpg"}])
    assert "cannot take pictures" in told["reply"]
    only = await mail.says("", "bob@example.org", attachments=[{"name": "photo.jpg"}])
    assert "say in words" in only["reply"]


async def test_a_machine_is_not_answered(mail: Provider, a_database: str) -> None:
    told = await mail.says("I am away", ANN, headers={"Auto-Submitted": "auto-replied"})
    assert told["reply"] is None
    assert await count(a_database, "text_outgoing") == 0


async def test_an_address_is_left_out_on_request(mail: Provider, a_database: str) -> None:
    await mail.says("ANONYMOUS", ANN)
    await mail.says(LIGHT, ANN)
    for answer in ("no", "Main Street", "1"):
        await mail.says(answer, ANN)
    (report,) = await reports(a_database)
    assert report.contact is None
