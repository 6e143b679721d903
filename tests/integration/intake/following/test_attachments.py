"""Files: judged by their content, stored for nobody without the key, gone with it."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING

import psycopg
import pytest

from events.intake import AttachmentAdded
from services.intake.app import open_intake
from services.intake.following.attaching import MOST_BYTES, MOST_FILES, tidy
from services.runtime.identity import Role, make_token
from services.runtime.wake import Wake
from tests.integration.intake.conftest import settings_for

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.integration.intake.following.conftest import Filed, Kept

PICTURE = b"\xff\xd8\xff\xe0 a picture of a fence"
HOSTILE = '../../etc/pass"wd\r\nX: 1\u202egpj.<script>.html'


def stored(folder: Path) -> list[Path]:
    return [file for file in (folder / "attachments").glob("*/*") if file.is_file()]


async def attach(
    site: httpx.AsyncClient, report: Filed, content: bytes, name: str = "fence.jpg"
) -> httpx.Response:
    headers = report.pass_ | {"Attachment-Name": name}
    return await site.post(f"{report.place}/attachments", content=content, headers=headers)


async def test_a_file_is_stored_once_encrypted_and_its_name_is_harmless(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept, tmp_path: Path
) -> None:
    name = "..%2F..%2Fetc%2Fpass%22wd%0D%0AX:%201%E2%80%AEgpj.%3Cscript%3E.html"
    answers = await asyncio.gather(*(attach(a_site, a_report, PICTURE, name) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    (event,) = [e for e in await kept.events() if isinstance(e, AttachmentAdded)]
    assert (event.media_type, event.size) == ("image/jpeg", len(PICTURE))
    assert event.file.value is not None
    assert event.file.value.name == "pass wd X 1 gpj. script.jpg"
    assert event.file.value.sha256 == sha256(PICTURE).hexdigest()
    (file,) = stored(tmp_path)
    assert b"fence" not in file.read_bytes()
    assert sha256(file.read_bytes()).hexdigest() == event.stored_sha256
    ((body,),) = await kept.rows("select body from events where version = 2")
    assert b"fence" not in bytes(body)
    assert sha256(PICTURE).hexdigest().encode() not in bytes(body)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"<html><script>alert(1)</script>", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
        (b"MZ\x90\x00" + b"\x00" * 60, 415),
        (b"PK\x03\x04" + b"\x00" * 60, 415),
        (b"\xff\xd8", 415),
        (b"\xff\xd8\xff" + b"\x00" * MOST_BYTES, 413),
    ],
)
async def test_what_is_no_picture_document_sound_or_film_is_not_taken(
    a_site: httpx.AsyncClient,
    a_report: Filed,
    kept: Kept,
    tmp_path: Path,
    content: bytes,
    status: int,
) -> None:
    answer = await attach(a_site, a_report, content)
    assert answer.status_code == status
    form = await a_site.post(
        "/reports/file",
        data={"report_number": a_report.number, "pin": a_report.pin},
        files={"file": ("photo.jpg", content, "image/jpeg")},
    )
    assert form.status_code == status
    assert await kept.count("events") == 1
    assert stored(tmp_path) == []


async def test_a_report_holds_only_so_many_files(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept
) -> None:
    answers = [await attach(a_site, a_report, PICTURE + bytes([n])) for n in range(MOST_FILES + 1)]
    assert [answer.status_code for answer in answers] == [201] * MOST_FILES + [409]
    assert await kept.count("attachments") == MOST_FILES


@pytest.mark.parametrize(
    "body", [b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--", b"\xff" * 99]
)
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "multipart/form-data", "a/b"])
async def test_odd_uploads_are_answered(a_site: httpx.AsyncClient, body: bytes, kind: str) -> None:
    answer = await a_site.post("/reports/file", content=body, headers={"content-type": kind})
    assert 400 <= answer.status_code < 500


async def test_staff_open_a_file_recorded_and_never_as_something_a_browser_runs(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept, a_database: str, tmp_path: Path
) -> None:
    await attach(a_site, a_report, PICTURE)
    ((id_,),) = await kept.rows("select attachment_id from attachments")
    place = f"{a_report.place}/attachments/{id_}"
    assert (await a_site.get(place, headers=a_report.pass_)).status_code == 401
    async with await psycopg.AsyncConnection.connect(
        a_database, options="-c search_path=runtime"
    ) as connection:
        token = await make_token(connection, Role.OFFICER, "o")
    bearer = {"Authorization": f"Bearer {token}"}
    answer = await a_site.get(place, headers=bearer)
    assert answer.content == PICTURE
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"].startswith("attachment;")
    ((name,),) = await kept.rows("select type from access.events")
    assert name == "access.export-made.v1"
    (file,) = stored(tmp_path)
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert (await a_site.get(place, headers=bearer)).status_code == 500


async def test_erasing_takes_the_content_with_it(
    a_site: httpx.AsyncClient, a_report: Filed, kept: Kept, a_database: str, tmp_path: Path
) -> None:
    await attach(a_site, a_report, PICTURE)
    settings = settings_for(a_database, "chesterfield", tmp_path / "attachments")
    async with open_intake(settings, Wake(a_database)) as intake:
        assert await tidy(intake) == 0
        assert len(stored(tmp_path)) == 1
        await kept.rows("update subject_keys set wrapped = null, destroyed_at = now()")
        assert await tidy(intake) == 1
    assert stored(tmp_path) == []


async def test_without_a_place_for_files_none_is_taken_and_the_page_offers_none(
    site: httpx.AsyncClient,
) -> None:
    answer = await site.post("/api/v1/reports", json={"description": "x"})
    pin, number = answer.json()["pin"], answer.json()["report_number"]
    page = await site.post("/reports", data={"report_number": number, "pin": pin})
    assert "/reports/add" in page.text
    assert "/reports/file" not in page.text
