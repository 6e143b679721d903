"""An export of calls for service as a partner's events."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from rich.progress import Progress

from events.envelope import Purpose
from events.partner import decode_partner
from events.topics import Topics
from services.connector.exporting import ExportError, Tally, batches, opened, publish, records
from services.connector.mapping import PartnerMapping, load_mapping
from services.intake.domain.inbound import PartnerReport, read_partner_event
from services.runtime.kafka import Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = "number,kind,remark,result,day,hour,street,lat,lon\n"
LATER = datetime(2030, 1, 1, tzinfo=UTC)
NOWHERE = "127.0.0.1:1"
"""Nothing may be sent in these tests; were it tried, it would fail."""


@pytest.fixture
def an_export(tmp_path: Path) -> Path:
    """A file with a good row, the same again, a changed one, one without id, and a bad time."""
    file = tmp_path / "export.csv"
    file.write_text(
        HEADER
        + 'A-1,LOUD,"two\nlines",,04.07.2025,22:30,1 Main St,37.5,-77.25\n'
        + 'A-1,LOUD,"two\nlines",,04.07.2025,22:30,1 Main St,37.5,-77.25\n'
        + "A-1,LOUD,changed,,04.07.2025,22:30,1 Main St,37.5,-77.25\n"
        + ",LOUD,nobody knows which,,04.07.2025,22:30,,,\n"
        + "A-2,SHOTS,,,when?,,,,\n"
        + "A-3,LOUD\n"
    )
    return file


def read(
    file: Path, mapping: PartnerMapping, limit: int | None = None, purpose: Purpose = Purpose.IMPORT
) -> tuple[list[Outgoing], Tally]:
    tally = Tally()
    with opened(file, mapping, Progress(disable=True), tally) as rows:
        sent = list(records(islice(rows, limit), mapping, "inbound", purpose, tally))
    return sent, tally


def received(partner: str, outgoing: Outgoing) -> PartnerReport:
    """What intake makes of it."""
    read = read_partner_event(
        partner, outgoing.headers, outgoing.value, frozenset(), ZoneInfo("UTC"), LATER
    )
    assert isinstance(read, PartnerReport)
    return read


def test_a_row_becomes_a_structured_event_keyed_by_its_id(
    an_export: Path, a_mapping: PartnerMapping
) -> None:
    first = read(an_export, a_mapping)[0][0]
    event = decode_partner(first.headers, first.value)
    assert (first.key, first.partition) == (b"A-1", None)
    assert (event.id, event.source) == ("A-1", "/partners/example")
    assert event.type == "partner.incident-reported.v1"
    assert event.time == datetime(2025, 7, 5, 2, 30, tzinfo=UTC)
    assert event.data["description"] == "two\nlines"


def test_the_time_is_left_out_where_none_is_known(
    an_export: Path, a_mapping: PartnerMapping
) -> None:
    shots = read(an_export, a_mapping)[0][3]
    assert b'"time"' not in shots.value
    assert received("example", shots).submission.type == "SHOTS"


@pytest.mark.parametrize("purpose", [Purpose.IMPORT, Purpose.LIVE])
def test_intake_learns_the_purpose(
    an_export: Path, a_mapping: PartnerMapping, purpose: Purpose
) -> None:
    first = read(an_export, a_mapping, purpose=purpose)[0][0]
    assert received("example", first).purpose == purpose


def test_bad_rows_stop_nothing_and_are_counted(an_export: Path, a_mapping: PartnerMapping) -> None:
    sent, tally = read(an_export, a_mapping)
    assert (tally.rows, len(sent), tally.ids) == (6, 5, {"A-1", "A-2", "A-3"})
    assert tally.lines_without_id == [7]
    assert an_export.read_text().splitlines()[7 - 1].startswith(",LOUD,nobody")
    assert tally.unreadable_times == 1


def test_the_same_row_is_the_same_event_and_another_content_is_another(
    an_export: Path, a_mapping: PartnerMapping
) -> None:
    first, again, other = read(an_export, a_mapping)[0][:3]
    assert first == again
    cause, digest = received("example", first).cause_id, received("example", first).digest
    assert received("example", other).cause_id == cause
    assert received("example", other).digest != digest


def test_a_limit_reads_no_further(an_export: Path, a_mapping: PartnerMapping) -> None:
    sent, tally = read(an_export, a_mapping, limit=2)
    assert (len(sent), tally.rows) == (2, 2)


def test_compressed_and_plain_are_told_apart_by_content(
    an_export: Path, a_mapping: PartnerMapping, tmp_path: Path
) -> None:
    compressed = tmp_path / "named-anyhow"
    compressed.write_bytes(gzip.compress(an_export.read_bytes()))
    assert read(compressed, a_mapping) == read(an_export, a_mapping)


def test_a_byte_order_mark_and_bytes_in_no_known_encoding_do_no_harm(
    a_mapping: PartnerMapping, tmp_path: Path
) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(b"\xef\xbb\xbf" + HEADER.encode() + b"A-1,LOUD,caf\xe9 bar,,,,,,\n")
    assert "caf" in decode_partner(*_parts(read(file, a_mapping)[0][0])).data["description"]


def _parts(outgoing: Outgoing) -> tuple[tuple[tuple[str, bytes], ...], bytes]:
    return outgoing.headers, outgoing.value


def test_a_cell_beyond_all_measure_costs_its_row_only(
    a_mapping: PartnerMapping, tmp_path: Path
) -> None:
    file = tmp_path / "export.csv"
    file.write_text(HEADER + f"A-1,LOUD,{'x' * 200_000},,,,,,\nA-2,LOUD,,,,,,,\n")
    sent, tally = read(file, a_mapping)
    assert [each.key for each in sent] == [b"A-2"]
    assert tally.unreadable_lines == [2]


def test_a_file_that_breaks_off_says_where(
    an_export: Path, a_mapping: PartnerMapping, tmp_path: Path
) -> None:
    broken = tmp_path / "export.csv.gz"
    rows = "".join(f"B-{n},LOUD,{n * n},,,,,,\n" for n in range(5000))
    broken.write_bytes(gzip.compress((HEADER + rows).encode())[:-2000])
    with pytest.raises(ExportError, match=r"broken after line \d{3,}"):
        read(broken, a_mapping)


async def test_a_missing_column_is_told_before_anything_is_sent(
    a_mapping: PartnerMapping, tmp_path: Path
) -> None:
    file = tmp_path / "export.csv"
    file.write_text("number,kind\n1,LOUD\n")
    with pytest.raises(ExportError, match='description: no column "remark"'):
        await publish(file, a_mapping, bootstrap=NOWHERE, topics=Topics())


@pytest.mark.parametrize("content", ["", "\n"])
async def test_an_empty_file_is_no_export(
    a_mapping: PartnerMapping, tmp_path: Path, content: str
) -> None:
    (tmp_path / "export.csv").write_text(content)
    with pytest.raises(ExportError, match="no column"):
        await publish(tmp_path / "export.csv", a_mapping, bootstrap=NOWHERE, topics=Topics())


async def test_a_missing_file_is_told(a_mapping: PartnerMapping, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="No such file"):
        await publish(tmp_path / "none.csv", a_mapping, bootstrap=NOWHERE, topics=Topics())


@pytest.mark.parametrize(("rate", "largest"), [(None, 2000), (100, 25), (1, 1), (10**6, 2000)])
def test_batches_are_small_where_the_rate_is(rate: float | None, largest: int) -> None:
    outgoing = [Outgoing("t", None, str(n).encode(), b"{}", ()) for n in range(4500)]
    sizes = [len(batch) for batch in batches(outgoing, rate)]
    assert max(sizes) == largest
    assert sum(sizes) == len(outgoing)


REAL = {"slopd": ("slopd_calls_dev.csv.gz", 11_437), "oakland": ("oakland_calls.csv.gz", 280_661)}
SOME = 3000


def real_records(folder: Path, partners: Path, name: str) -> Iterator[Outgoing]:
    file = folder / REAL[name][0]
    if not file.exists():
        pytest.skip(f"no {file.name} in {folder}")
    sent, tally = read(file, load_mapping(partners / f"{name}.toml"), limit=SOME)
    assert tally.rows == len(tally.ids) == SOME
    assert not tally.unreadable_times
    yield from sent


@pytest.mark.parametrize("name", REAL)
def test_intake_can_use_every_row_of_a_real_export(
    real_data: Path, partners: Path, name: str
) -> None:
    for outgoing in real_records(real_data, partners, name):
        report = received(name, outgoing)
        assert report.submission.description
        assert report.submission.occurred_from
        assert not report.submission.kept_as_given


@pytest.mark.parametrize("name", REAL)
def test_a_row_of_a_real_export_is_one_call(real_data: Path, partners: Path, name: str) -> None:
    file, rows = REAL[name]
    if not (real_data / file).exists():
        pytest.skip(f"no {file} in {real_data}")
    column = load_mapping(partners / f"{name}.toml").id[0]
    only_id = PartnerMapping.model_validate({"partner": name, "id": column})
    tally = Tally()
    with opened(real_data / file, only_id, Progress(disable=True), tally) as found:
        assert len({row.cells[column].strip() for row in found} - {""}) == rows
    assert tally.rows == rows
