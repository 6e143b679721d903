"""`blotter triage evaluate --task class` on small tables of any shape."""

from __future__ import annotations

import csv
import gzip
from typing import TYPE_CHECKING

import orjson
import pytest

pytest.importorskip("sklearn")

from sklearn.metrics import f1_score

from services.cli.triage.evaluate import evaluate
from services.triage.domain.share import share
from services.triage.domain.text_classifier import lane
from services.triage.training.class_task import evaluate_class
from services.triage.training.classifier import Options, train
from services.triage.training.scores import calibration, summary
from services.triage.training.tables import Labelled, TableError, read_labelled

if TYPE_CHECKING:
    from pathlib import Path

DOGS = ["the dog barks all night", "barking dog next door", "dog barking again", "dog barks"]
CARS = ["car parked on the sidewalk", "parked in front of my drive", "parking, blocked drive"]
ROWS = [(text, "dog") for text in DOGS * 4] + [(text, "car") for text in CARS * 4]
SOME = Labelled(tuple(text for text, _ in ROWS), tuple(label for _, label in ROWS))


@pytest.fixture
def a_csv(tmp_path: Path) -> Path:
    file = tmp_path / "calls.csv.gz"
    with gzip.open(file, "wt", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["what", "type", "more"])
        writer.writerows([text, label, ""] for text, label in ROWS)
    return file


def test_the_same_seed_gives_the_same_weights() -> None:
    assert train(SOME, Options()) == train(SOME, Options())


def test_what_was_learned_is_found_again(a_csv: Path) -> None:
    rows = read_labelled(a_csv, ["what"], "type")
    found = evaluate_class(rows, rows, Options())
    assert (found["accuracy"], found["macro_f1"]) == (1.0, 1.0)
    assert set(found["per_class"]) == {"dog", "car"}
    assert found["floors"]["majority"]["accuracy"] == round(16 / 28, 4)


def test_whole_numbers_decide_as_the_floats_did() -> None:
    classifier = train(SOME, Options())
    place = classifier.labels.index("dog")
    assert lane(classifier.weights["barking"], place) > 0 > lane(classifier.weights["drive"], place)


def test_only_the_heaviest_features_are_kept_when_asked() -> None:
    assert len(train(SOME, Options(most_features=3)).weights) == 3


def test_macro_f1_is_as_scikit_learn_counts_it() -> None:
    truth, answers = list("aabbccd"), list("abbbcae")
    assert summary(truth, answers)["macro_f1"] == round(
        f1_score(truth, answers, average="macro", zero_division=0), 4
    )


def test_wilson_bounds_of_a_known_case() -> None:
    found = share(8, 10)
    assert (found.low, found.high) == (0.4902, 0.9433)
    assert share(0, 0).value is None


def test_calibration_of_the_perfectly_sure_and_right_is_nil() -> None:
    assert calibration([1000, 1000], [True, True])["expected_error"] == 0


def test_json_lines_with_numbers_and_nothing(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(
        b"".join(
            orjson.dumps(row) + b"\n"
            for row in (
                {"t": "dog", "l": 1},
                {"t": None, "l": "x"},
                {"t": "no label"},
            )
        )
    )
    rows = read_labelled(file, ["t"], "l")
    assert (rows.texts, rows.labels, rows.without_label) == (("dog", ""), ("1", "x"), 1)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "no field l, t"),
        ("a.csv", b"t,x\n1,2\n", "no field l"),
        ("a.csv", b"t,l\nword,\n", "no row has a l"),
        ("a.csv.gz", b"\x1f\x8bnonsense", "a.csv.gz"),
        ("a.jsonl", b'{"t": 1}\n{', "line 2"),
        ("a.jsonl", b"[1]\n", "line 1: not an object"),
    ],
)
def test_an_unusable_file_says_what_is_wrong(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(TableError, match=said):
        read_labelled(file, ["t"], "l")


def test_one_label_is_nothing_to_learn() -> None:
    with pytest.raises(TableError, match="only one label"):
        train(Labelled(("a", "b"), ("x", "x")), Options())


def test_the_command_answers_json(a_csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = {"task": "class", "text": ["what"], "labels": "type", "json": True}
    assert evaluate(train=a_csv, test=a_csv, **arguments) == 0  # type: ignore[arg-type]
    found = orjson.loads(capsys.readouterr().out)
    assert {"accuracy", "macro_f1", "per_class", "floors", "calibration"} <= found.keys()


def test_labels_that_were_never_trained_count_against_us_unless_left_out(
    a_csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = tmp_path / "later.csv"
    later.write_text("what,type\nthe dog barks,dog\na fire,fire\n")
    arguments = {"task": "class", "text": ["what"], "labels": "type", "json": True}
    evaluate(train=a_csv, test=later, **arguments)  # type: ignore[arg-type]
    assert orjson.loads(capsys.readouterr().out)["accuracy"] == 0.5
    evaluate(train=a_csv, test=later, least=2, **arguments)  # type: ignore[arg-type]
    assert orjson.loads(capsys.readouterr().out)["accuracy"] == 1.0
