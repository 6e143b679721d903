"""Verifies an export of Blotter. One file, Python 3.11 or newer, nothing to install, no network.

    python3 verify.py [DIRECTORY] [--key FILE] [--json]

Exit 0: sound. 1: something is wrong, and the first line says what. 2: cannot tell.

What is checked, in this order, and where the rules come from:
  1. `checkpoint`: the log signed it.     C2SP signed-note and tlog-checkpoint; Ed25519, RFC 8032
  2. `events.jsonl`: each line, byte for byte, is a leaf of the tree whose root the checkpoint
     gives, at the position its receipt in `proofs/` says.     RFC 6962 section 2.1, C2SP tlog-proof
  3. Each line is in the one canonical form, and the versions of each stream run 1, 2, 3 ...
  4. `view.json` is what follows from these events, state by state (see `Fold` below).
  5. `manifest.json`: every file is there with its digest, and no other.

Whose key signed matters most. `keys/` came with the data: whoever forged the one could forge the
other. Obtain the log's key some other way (a printed document, a colleague's copy) and give --key.
What an export cannot show: that nothing newer happened after its checkpoint.

It is longer than one file should be, because it has to be one file.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

SOUND, WRONG, CANNOT_TELL = 0, 1, 2
Json = Any


class WrongError(Exception):
    """Something does not hold; the message says where and what."""


# ---- Ed25519 signatures (RFC 8032 section 5.1), on plain integers ------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
"""X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""
NEUTRAL: Point = (0, 1, 1, 0)


def add(a: Point, b: Point) -> Point:
    """The sum of two points of the curve."""
    left, right = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    both, double = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = right - left, double - both, double + both, right + left
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    """The point added to itself so often."""
    total = NEUTRAL
    while number:
        if number & 1:
            total = add(total, point)
        point = add(point, point)
        number >>= 1
    return total


def same(a: Point, b: Point) -> bool:
    """Whether they are one point."""
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def decompress(encoded: bytes) -> Point | None:
    """The point that 32 bytes stand for; None when they stand for none."""
    y = int.from_bytes(encoded, "little")
    odd, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and odd):
        return None
    if x & 1 != odd:
        x = P - x
    return x, y, 1, x * y % P


BASE = decompress((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def ed25519_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key signed the message."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, commitment = decompress(public_key), decompress(signature[:32])
    response = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or BASE is None or response >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    return same(times(response, BASE), add(commitment, times(challenge, key)))


# ---- Keys, signed notes, checkpoints (C2SP) ----------------------------------------------------


def from_base64(text: str) -> bytes:
    """Strictly: the one canonical form."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise WrongError("not base64") from None
    if base64.b64encode(data).decode() != text:
        raise WrongError("not in the canonical form of base64")
    return data


def read_key(line: str) -> tuple[str, bytes, bytes]:
    """Name, key id and public key of `name+id+base64(1, public key)`."""
    parts = line.split("+", 2)
    material = from_base64(parts[2]) if len(parts) == 3 else b""
    if len(material) != 33 or material[0] != 1:
        raise WrongError("not the key of a log")
    key_id = hashlib.sha256(parts[0].encode() + b"\n" + material).digest()[:4]
    if key_id.hex() != parts[1]:
        raise WrongError("a key whose id is not its own")
    return parts[0], key_id, material[1:]


def read_keys(text: str) -> list[tuple[str, bytes, bytes]]:
    """A key a line."""
    keys = [read_key(line) for line in text.splitlines() if line.strip()]
    if not keys:
        raise WrongError("no key")
    return keys


def read_checkpoint(note: str, keys: list[tuple[str, bytes, bytes]]) -> tuple[str, int, bytes]:
    """Origin, size and root, if one of the keys signed them and none of them signed wrongly."""
    text, found, signatures = note.rpartition("\n\n")
    text += "\n"
    lines = signatures.split("\n")
    if not found or len(lines) < 2 or lines[-1]:
        raise WrongError("not a signed note")
    signed = False
    for line in lines[:-1]:
        parts = re.fullmatch("\N{EM DASH} ([^ +]+) ([A-Za-z0-9+/=]+)", line)
        if parts is None:
            raise WrongError("a signature line that is none")
        data = from_base64(parts[2])
        for name, key_id, public_key in keys:
            if (name, key_id) == (parts[1], data[:4]):
                if not ed25519_holds(public_key, text.encode(), data[4:]):
                    raise WrongError(f"the signature of {name} is not of this text")
                signed = True
    if not signed:
        raise WrongError("no key at hand signed it")
    body = text.split("\n")
    if len(body) < 4 or not all(body[:-1]) or not re.fullmatch("0|[1-9][0-9]{0,18}", body[1]):
        raise WrongError("not a checkpoint")
    return body[0], int(body[1]), from_base64(body[2])


# ---- The tree and receipts (RFC 6962 section 2.1, C2SP tlog-proof) -----------------------------


def root_of_path(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root that a path leads to from a leaf of a tree of `size` leaves."""
    hash_, last, rest = hashlib.sha256(b"\x00" + leaf).digest(), size - 1, list(path)
    while last:
        if index & 1 or index < last:
            if not rest:
                raise WrongError("the path is too short")
            sibling = rest.pop(0)
            pair = sibling + hash_ if index & 1 else hash_ + sibling
            hash_ = hashlib.sha256(b"\x01" + pair).digest()
        index, last = index >> 1, last >> 1
    if rest:
        raise WrongError("the path is too long")
    return hash_


def read_receipt(text: str, checkpoint: str) -> tuple[int, list[bytes]]:
    """Index and path of a receipt, which must carry just this checkpoint."""
    head, found, rest = text.partition("\n\n")
    lines = head.split("\n")
    if not found or lines[0] != "c2sp.org/tlog-proof@v1" or rest != checkpoint:
        raise WrongError("not a receipt under this checkpoint")
    index = re.fullmatch("index (0|[1-9][0-9]{0,18})", lines[1]) if len(lines) > 1 else None
    if index is None:
        raise WrongError("a receipt without its index")
    path = [from_base64(line) for line in lines[2:]]
    if any(len(each) != 32 for each in path):
        raise WrongError("a hash of the path is not of 32 bytes")
    return int(index[1]), path


# ---- The canonical form of an event: keys sorted, no white space, UTF-8 ------------------------


class Literal(str):
    """A number as it is written."""

    __slots__ = ()


def canonical(value: Json) -> str:
    """The one way to write it."""
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict):
        members = (f"{canonical(key)}:{canonical(value[key])}" for key in sorted(value))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Members, none of them twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise WrongError("a member is there twice")
    return members


def refuse(constant: str) -> Json:
    """NaN and the infinities are no JSON."""
    raise WrongError(f"{constant} is no JSON")


def read_event(line: bytes) -> dict[str, Json]:
    """The event, if the line is its canonical form."""
    try:
        text = line.decode()
        written = json.loads(
            text,
            object_pairs_hook=unique,
            parse_int=Literal,
            parse_float=Literal,
            parse_constant=refuse,
        )
        event = json.loads(text)
    except ValueError:
        raise WrongError("not JSON in UTF-8") from None
    if not isinstance(event, dict) or canonical(written) != text:
        raise WrongError("not in the canonical form")
    return event


# ---- The fold: from events to the rows of view.json --------------------------------------------
# Each state is the row before it with what the event says. Nothing else goes into a row.


class Fold:
    """The case-status view: a row for each report, and one for each call for service or case."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Json]] = {
            "case_status_reports": {},
            "case_status_calls": {},
        }

    def apply(self, position: int, event: dict[str, Json]) -> None:
        """One event; one that is not of this view changes nothing."""
        own, data = event["subject"].partition("-")[2], event["data"]
        name = event["type"]
        if name not in FOLDED:
            if name.rpartition(".v")[0] in {each.rpartition(".v")[0] for each in FOLDED}:
                raise NotImplementedError(name)
            return
        if name in ("intake.report-submitted.v1", *OF_REPORTS):
            key = own if name not in OF_REPORTS else data["report_id"]
            self.state("case_status_reports", key, position, event, report_changes(event))
        if name.startswith("casework."):
            changes = {**call_changes(event), "version": event["streamversion"]}
            if name == "casework.report-attached.v1":
                changes["reports"] = self.tables["case_status_calls"][own]["row"]["reports"] + 1
            self.state("case_status_calls", own, position, event, changes)

    def state(
        self, table: str, key: str, position: int, event: dict[str, Json], changes: dict[str, Json]
    ) -> None:
        """Add the state that the event made."""
        record = self.tables[table].setdefault(key, {"row": {}, "states": []})
        row = record["row"]
        if not row and table == "case_status_reports":
            changes = {**changes, "received_position": position}
        changes = {**changes, "position": position}
        new = {name: value for name, value in changes.items() if row.get(name, row) != value}
        row |= new
        record["states"].append(
            {
                "position": position,
                "event": event["id"],
                "type": event["type"],
                "recorded": event["recordedtime"],
                "by": event["actor"],
                "rules": rules_of(event),
                "changed": new,
            }
        )


OF_REPORTS = ("triage.report-triaged.v1", "casework.call-opened.v1", "casework.report-attached.v1")
FOLDED = frozenset(
    {
        "intake.report-submitted.v1",
        *OF_REPORTS,
        "casework.urgency-changed.v1",
        "casework.case-reviewed.v1",
        "casework.case-number-issued.v1",
        "casework.case-assigned.v1",
        "casework.note-added.v1",
        "casework.case-resolved.v1",
        "casework.case-kept-for-statistics.v1",
        "casework.legal-hold-placed.v1",
        "casework.legal-hold-lifted.v1",
    }
)


def rules_of(event: dict[str, Json]) -> dict[str, Json]:
    """Which versions of which rules made the event; empty where somebody simply did something."""
    data = event["data"]
    if event["type"] == "intake.report-submitted.v1":
        return {
            "rules_version": data["emergency"]["rules_version"],
            "rules": data["emergency"]["rules"],
        }
    if event["type"] == "triage.report-triaged.v1":
        return {"bundle": data["bundle"], "rules": [each["rule"] for each in data["reasons"]]}
    return {}


def report_changes(event: dict[str, Json]) -> dict[str, Json]:
    """What an event makes of the report's row."""
    data, own = event["data"], event["subject"].partition("-")[2]
    if event["type"] == "triage.report-triaged.v1":
        return {
            "type": data["type"],
            "emergency": data["emergency"],
            "triaged_at": data["decided_at"],
            "urgency": data["urgency"],
            "severity": data["severity"],
            "desk": data["desk"],
            "district": data.get("district"),
        }
    if event["type"] != "intake.report-submitted.v1":
        return {"call_id": own}
    return {
        "key": own,
        "report_number": data["report_number"],
        "received_at": event["recordedtime"],
        "channel": data.get("medium") or data["channel"],
        "partner": data.get("partner", {}).get("partner"),
        "purpose": event["purpose"],
        "type": data.get("type"),
        "occurred_from": data.get("occurred_from"),
        "emergency": data["emergency"]["outcome"],
        "triaged_at": None,
        "urgency": None,
        "severity": None,
        "desk": None,
        "district": None,
        "call_id": None,
    }


def call_changes(event: dict[str, Json]) -> dict[str, Json]:
    """What an event makes of the call's row."""
    data, moment = event["data"], event["recordedtime"]
    match event["type"].removeprefix("casework."):
        case "call-opened.v1":
            return {
                "key": event["subject"].partition("-")[2],
                "call_number": data["call_number"],
                "case_number": None,
                "status": "open",
                "urgency": data["urgency"],
                "emergency": data["emergency"],
                "desk": data["desk"],
                "officer": None,
                "reports": 1,
                "dispositions": [],
                "opened_at": moment,
                "accepted_at": None,
                "assigned_at": None,
                "closed_at": None,
            }
        case "urgency-changed.v1":
            return {"urgency": data["urgency"], "emergency": data["emergency"]}
        case "case-number-issued.v1":
            status = "under-investigation"
            return {"case_number": data["case_number"], "status": status, "accepted_at": moment}
        case "case-assigned.v1":
            return {"officer": data["officer"], "desk": data["desk"], "assigned_at": moment}
        case "case-resolved.v1":
            done = data["dispositions"]
            return {"status": "resolved", "dispositions": done, "closed_at": moment}
        case "case-kept-for-statistics.v1":
            return {"status": "kept-for-statistics", "closed_at": moment}
        case _:
            return {}


# ---- The export --------------------------------------------------------------------------------


class Export:
    """A directory as it was handed over, and what is wrong with it, the most telling first."""

    def __init__(self, directory: Path, pinned: str | None) -> None:
        self.directory, self.pinned = directory, pinned
        self.problems: list[str] = []
        self.doubts: list[str] = []
        self.events = 0
        self.checkpoint: tuple[str, int, bytes] | None = None

    def text(self, path: str) -> str:
        """A file's text; WrongError when there is none."""
        return self.content(path).decode(errors="surrogateescape")

    def content(self, path: str) -> bytes:
        """A file's bytes; WrongError when there is none."""
        try:
            return (self.directory / path).read_bytes()
        except OSError:
            raise WrongError(f"{path}: missing") from None

    def verify(self) -> int:
        """The exit code; `problems` and `doubts` say why."""
        for step in (self.check_checkpoint, self.check_events, self.check_manifest):
            try:
                step()
            except WrongError as error:
                self.problems.append(str(error))
            except NotImplementedError as error:
                self.doubts.append(f"{error} is newer than this program")
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self.problems.append(f"{step.__name__.removeprefix('check_')}: {error!r}")
        return WRONG if self.problems else CANNOT_TELL if self.doubts else SOUND

    def check_checkpoint(self) -> None:
        """Signed by the key that was given, and by one beside it."""
        note, beside = self.text("checkpoint"), self.text("keys/log.keys")
        try:
            keys = read_keys(beside)
        except WrongError as error:
            raise WrongError(f"keys/log.keys: {error}") from None
        try:
            self.checkpoint = read_checkpoint(note, keys)
            if self.pinned is not None:
                read_checkpoint(note, read_keys(self.pinned))
        except WrongError as error:
            raise WrongError(f"checkpoint: {error}") from None

    def check_events(self) -> None:
        """Every line is the leaf its receipt says, and the view follows from them."""
        lines, receipts = self.lines(), self.receipts()
        versions: dict[str, int] = {}
        fold = Fold()
        for number, (line, receipt) in enumerate(zip(lines, receipts, strict=False), 1):
            place = f"events.jsonl line {number}, position {int(receipt[7:19])}"
            try:
                position = self.check_leaf(line, receipt)
                event = read_event(line)
                stream, version = event["subject"], event["streamversion"]
                if version != versions.get(stream, 0) + 1:
                    raise WrongError(f"version {version} follows {versions.get(stream, 0)}")
                versions[stream] = version
                fold.apply(position, event)
                self.events += 1
            except WrongError as error:
                raise WrongError(f"{place}: {error}") from None
        if len(lines) != len(receipts):
            raise WrongError(f"events.jsonl: {len(lines)} lines, {len(receipts)} receipts")
        self.check_view(fold)

    def lines(self) -> list[bytes]:
        """The lines of events.jsonl."""
        content = self.content("events.jsonl")
        if not content.endswith(b"\n"):
            raise WrongError("events.jsonl: the last line is cut off")
        return content[:-1].split(b"\n")

    def receipts(self) -> list[str]:
        """The names of the receipts, by position."""
        names = sorted(each.name for each in (self.directory / "proofs").glob("*"))
        for name in names:
            if not re.fullmatch(r"[0-9]{12}\.tlog-proof", name):
                raise WrongError(f"proofs/{name}: not the name of a receipt")
        return [f"proofs/{name}" for name in names]

    def check_leaf(self, line: bytes, receipt: str) -> int:
        """The line is where its receipt says; gives the position."""
        if self.checkpoint is None:
            raise WrongError("no checkpoint to check it against")
        _, size, root = self.checkpoint
        index, path = read_receipt(self.text(receipt), self.text("checkpoint"))
        if index != int(receipt[7:19]) or index >= size:
            raise WrongError(f"{receipt} is for position {index} of {size}")
        if root_of_path(index, size, line, path) != root:
            raise WrongError("these bytes are not in the log at this position")
        return index

    def check_view(self, fold: Fold) -> None:
        """view.json is what the events make, state by state."""
        text = self.text("view.json")
        view = json.loads(text, object_pairs_hook=unique)
        if json.dumps(view, indent=2, sort_keys=True, ensure_ascii=False) + "\n" != text:
            raise WrongError("view.json: not in its canonical form")
        if self.checkpoint and [view["log"], view["size"]] != [*self.checkpoint[:2]]:
            raise WrongError("view.json: of another log or checkpoint")
        if place := difference(view["tables"], fold.tables, "tables"):
            raise WrongError(f"view.json: {place} does not follow from the events")
        numbers = {
            row["row"].get(name)
            for table in fold.tables.values()
            for row in table.values()
            for name in ("report_number", "call_number", "case_number")
        }
        if not view["asked"] or not numbers.issuperset(view["asked"]):
            raise WrongError("view.json: asked for a record that is not in the export")
        if set(view) != {"format", "log", "size", "asked", "personal", "tables"}:
            raise WrongError("view.json: a member is missing or unknown")
        if (view["format"], view["personal"]) != ("blotter-view-v1", PERSONAL):
            raise WrongError("view.json: not of this format")

    def check_manifest(self) -> None:
        """Every file with its digest, and no other."""
        text = self.text("manifest.json")
        try:
            manifest = json.loads(text, object_pairs_hook=unique)
        except ValueError:
            raise WrongError("manifest.json: not JSON") from None
        if json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n" != text:
            raise WrongError("manifest.json: not in its canonical form")
        if set(manifest) != {"format", "files"} or manifest["format"] != "blotter-export-v1":
            raise WrongError("manifest.json: not of this format")
        there = {
            each.relative_to(self.directory).as_posix()
            for each in self.directory.rglob("*")
            if not each.is_dir()
        }
        for path in sorted(there ^ {*manifest["files"], "manifest.json"}):
            raise WrongError(f"{path}: {'not in the manifest' if path in there else 'missing'}")
        for path, digest in manifest["files"].items():
            if hashlib.sha256(self.content(path)).hexdigest() != digest:
                raise WrongError(f"{path}: not the file of the manifest")

    def summary(self, code: int) -> dict[str, Json]:
        """What was found, for programs."""
        origin, size, _ = self.checkpoint or (None, None, b"")
        return {
            "verdict": ("sound", "tampered", "cannot tell")[code],
            "exit": code,
            "log": origin,
            "size": size,
            "events": self.events,
            "key_pinned": self.pinned is not None,
            "problems": self.problems,
            "doubts": self.doubts,
        }


PERSONAL = (
    "Values about persons are in events.jsonl as ciphertext only, and in no state. Erasing a"
    " person destroys a key and changes no byte here."
)


def difference(expected: Json, found: Json, place: str) -> str | None:
    """The first place where two values differ."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted({*expected, *found}):
            if key not in expected or key not in found:
                return f"{place}.{key}"
            if inner := difference(expected[key], found[key], f"{place}.{key}"):
                return inner
        return None
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return next((d for n, (a, b) in pairs if (d := difference(a, b, f"{place}[{n}]"))), None)
    return None if expected == found and type(expected) is type(found) else place


def main(arguments: list[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description="Verifies an export of Blotter.")
    parser.add_argument("directory", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--key", type=Path, help="the log's keys, obtained some other way")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    try:
        pinned = given.key.read_text() if given.key else None
    except OSError as error:
        print(f"cannot tell: {given.key}: {error.strerror}", file=sys.stderr)
        return CANNOT_TELL
    if not any((given.directory / each).exists() for each in ("manifest.json", "events.jsonl")):
        print(f"cannot tell: there is no export in {given.directory}", file=sys.stderr)
        return CANNOT_TELL
    export = Export(given.directory, pinned)
    code = export.verify()
    summary = export.summary(code)
    print(json.dumps(summary) if given.json else summary_line(summary))
    return code


def summary_line(summary: dict[str, Json]) -> str:
    """The same for people."""
    if summary["problems"]:
        return "\n".join(["TAMPERED", *summary["problems"]])
    if summary["doubts"]:
        return "\n".join(["CANNOT TELL", *summary["doubts"]])
    whose = (
        "signed by the key you gave"
        if summary["key_pinned"]
        else "self-consistent; the key came with the data: give --key FILE with one from elsewhere"
    )
    return f"SOUND: {summary['events']} events of {summary['log']}, {whose}"


if __name__ == "__main__":
    sys.exit(main())
