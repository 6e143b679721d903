"""What somebody wrote in an e-mail, and what they only quoted."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.texting.incoming import read_incoming
from services.intake.texting.mail import cut, without_markup, written
from services.runtime.clock import monotonic_seconds

MARK = "-- Write your answer above this line --"


@pytest.mark.parametrize(
    "quoted",
    [
        f"{MARK}\n\nIs any of this so?\n1 A weapon",
        "On Mon, Nov 23, 2026 at 9:00 AM Police <reports@example.org> wrote:\n> Is a weapon there?",
        "On Mon, Nov 23, 2026 at 9:00 AM Police\n<reports@example.org> wrote:\n> A weapon?",
        "El lun, 23 nov 2026, Policía escribió:\n> ¿Un arma?",
        "-----Original Message-----\nFrom: Police\nIs a weapon there?",
        "From: Police <reports@example.org>\nSent: Monday\nTo: Ann\n\nIs a weapon there?",
        "________________________________\nFrom: Police",
        "> Is a weapon there?\n> or a fire?",
        "-- \nAnn Smith\nSales",
    ],
)
def test_what_is_quoted_is_cut(quoted: str) -> None:
    assert cut(f"No, all is well\n\n{quoted}", (MARK,)) == "No, all is well"


def test_words_between_and_below_quoted_lines_are_kept() -> None:
    assert cut("> Is a weapon there?\nyes, a knife\n> Where?\nat my door") == (
        "yes, a knife\nat my door"
    )


def test_a_line_that_only_looks_like_a_headline_is_kept() -> None:
    text = "From: I do not know\nHe wrote: I will kill you"
    assert cut(text) == text


def test_markup_scripts_and_quotes_are_left_out() -> None:
    html = (
        "<html><head><title>T</title><style>p{}</style></head><body><p>The light &amp; pole</p>"
        "<script>alert('x')</script><div>is <b>out</b><br>again</div>"
        "<blockquote>Is a weapon there?</blockquote><p>Thanks</p></body>"
    )
    assert without_markup(html) == "The light & pole\n\nis out\nagain\n\nThanks"


def test_the_plain_part_comes_first() -> None:
    assert written("plain", "<p>rich</p>") == "plain"
    assert written("", "<p>rich</p>") == "rich"
    assert written("> only quoted", "<p>rich</p>") == "rich"


@given(text=st.text(max_size=500))
def test_nothing_written_breaks_it(text: str) -> None:
    without_markup(text)
    assert set(cut(text).split()) <= set(text.split())


@given(raw=st.binary(max_size=2000), channel=st.sampled_from(["sms", "email"]))
def test_no_bytes_break_the_reading(raw: bytes, channel: str) -> None:
    assert read_incoming(channel, raw, None).message_id


@given(
    body=st.dictionaries(
        st.sampled_from(["id", "from", "text", "html", "subject", "attachments", "headers"]),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=50),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=20), inner, max_size=3)
            ),
            max_leaves=5,
        ),
    ),
    channel=st.sampled_from(["sms", "email"]),
)
def test_no_object_breaks_the_reading(body: dict[str, object], channel: str) -> None:
    incoming = read_incoming(channel, orjson.dumps(body), None)
    assert incoming.trouble is None
    assert "\x00" not in incoming.text


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<!",
        "<![",
        "<a ",
        "<",
        "</a",
        '<a b="',
        "<script>",
        "<blockquote>",
        "<p></b>",
        "\n",
        " ",
        "&#",
        "From: x\n",
        "> \n",
        "On a b c d e f\n",
    ],
)
def test_no_page_is_made_to_take_long(piece: str) -> None:
    page = piece * (100_000 // len(piece))
    begin = monotonic_seconds()
    written(page, page)
    assert monotonic_seconds() - begin < 5
