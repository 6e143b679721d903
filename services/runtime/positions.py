"""How far a consumer is, in the owner's gapless numbers: skip, apply, or alarm (design.md §1).

A position is the last number applied. It moves in the transaction of its effects, and its row,
locked there, is the fence between two live consumers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.runtime.database import Connection
    from services.runtime.kafka import Place, Record


@dataclass(frozen=True, slots=True)
class Admission:
    """What of a batch is to be applied, in order, and what was wrong with the rest."""

    apply: list[Record] = field(default_factory=list)
    repeated: int = 0
    reached: dict[Place, tuple[int, int]] = field(default_factory=dict)
    """Place → (last number applied, next offset to read)."""
    gaps: dict[Place, int] = field(default_factory=dict)
    """Place → the number that came while an earlier one is missing."""


def admit(
    records: Iterable[Record], applied: Mapping[Place, int], *, gaps_allowed: bool = False
) -> Admission:
    """Sort records into repeated, next and too early. Pure.

    `gaps_allowed` is for partners' topics, where a gap is theirs and must not stop us.
    """
    apply: list[Record] = []
    reached: dict[Place, tuple[int, int]] = {}
    gaps: dict[Place, int] = {}
    position = dict(applied)
    repeated = 0
    for record in records:
        number, at = record.number, position[record.place]
        if number is None or (number > at + 1 and not gaps_allowed):
            gaps.setdefault(record.place, number or 0)
        elif number <= at:
            repeated += 1
        else:
            apply.append(record)
            position[record.place] = number
            reached[record.place] = (number, record.offset + 1)
    return Admission(apply, repeated, reached, gaps)


@dataclass(frozen=True, slots=True)
class Start:
    """Where reading a place begins: `offset` is None for its beginning."""

    place: Place
    offset: int | None


async def open_positions(
    connection: Connection,
    consumer: str,
    topic_ids: Mapping[str, str],
    partitions: int,
    *,
    numbered_by_owner: bool = True,
) -> list[Start]:
    """Make missing rows, notice re-created topics, and say where to start reading.

    On a re-created topic of ours numbers stay, for they are the owner's; on a partner's, whose
    numbers are offsets, they begin again.
    """
    starts: list[Start] = []
    for topic, topic_id in topic_ids.items():
        await connection.execute(
            "insert into positions (consumer, topic, partition, topic_id)"
            " select %s, %s, p, %s from generate_series(0, %s) p on conflict do nothing",
            [consumer, topic, topic_id, partitions - 1],
        )
        await connection.execute(
            "update positions set topic_id = %(id)s, next_offset = null,"
            " number = case when %(ours)s then number else 0 end"
            " where consumer = %(consumer)s and topic = %(topic)s and topic_id <> %(id)s",
            {"id": topic_id, "ours": numbered_by_owner, "consumer": consumer, "topic": topic},
        )
        cursor = await connection.execute(
            "select partition, next_offset from positions where consumer = %s and topic = %s",
            [consumer, topic],
        )
        starts += [
            Start((topic, partition), offset) for partition, offset in await cursor.fetchall()
        ]
    return starts


async def lock_positions(
    connection: Connection, consumer: str, places: Sequence[Place]
) -> dict[Place, int]:
    """Lock the rows of `places` until commit and give their numbers; a new place begins at 0."""
    topics, partitions = [topic for topic, _ in places], [partition for _, partition in places]
    rows: dict[Place, int] = {}
    while len(rows) < len(places):
        cursor = await connection.execute(
            "select p.topic, p.partition, p.number from positions p"
            " join unnest(%s::text[], %s::int2[]) as w (topic, partition) using (topic, partition)"
            " where p.consumer = %s order by p.topic, p.partition for update of p",
            [topics, partitions, consumer],
        )
        rows = {(topic, partition): number for topic, partition, number in await cursor.fetchall()}
        if len(rows) < len(places):
            await connection.execute(
                "insert into positions (consumer, topic, partition)"
                " select %s, * from unnest(%s::text[], %s::int2[]) on conflict do nothing",
                [consumer, topics, partitions],
            )
    return rows


async def move_positions(
    connection: Connection, consumer: str, admission: Admission, positions: Mapping[Place, int]
) -> None:
    """Remember what was applied, and what is missing, in the transaction of the effects."""
    places = list(admission.reached | dict.fromkeys(admission.gaps))
    if not places:
        return
    rows = [
        (
            topic,
            partition,
            admission.reached.get((topic, partition), (positions[topic, partition], None))[0],
            admission.reached.get((topic, partition), (0, None))[1],
            admission.gaps.get((topic, partition)),
        )
        for topic, partition in places
    ]
    await connection.execute(
        "update positions p set number = m.number, wanted = m.wanted, moved_at ="
        " case when p.number < m.number then clock_timestamp() else p.moved_at end,"
        " next_offset = coalesce(m.next_offset, p.next_offset)"
        " from unnest(%s::text[], %s::int2[], %s::int8[], %s::int8[], %s::int8[])"
        " as m (topic, partition, number, next_offset, wanted)"
        " where p.consumer = %s and p.topic = m.topic and p.partition = m.partition",
        [*map(list, zip(*rows, strict=True)), consumer],
    )
