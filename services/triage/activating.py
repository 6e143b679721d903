"""Activating a bundle: one event, between two batches of every worker.

A worker holds a shared lock in the transaction that decides a batch and reads the active bundle
there; an activation holds the lock exclusively. So every batch is decided either before or after
it, and the numbers it records as effective are exactly the first ones decided with the new bundle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID, uuid5

from events.envelope import Actor, Cause, CauseKind, Purpose
from events.triage import BundleActivated
from services.runtime.event_store import Decided, Occasion
from services.runtime.log import logger
from services.triage import stored_bundles
from services.triage.bundle_files import usable
from services.triage.domain.activations import (
    STREAM,
    Activations,
    NotNowError,
    Rehearsal,
    check_gates,
    checked_reason,
    may_promote,
    roll_back_to,
)
from services.triage.domain.bundle import BundleError, with_rules_of_today

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.runtime.database import Connection
    from services.runtime.event_store import EventStore

LOCK = 0x74726962
"""Advisory lock: shared while a batch is decided, exclusive while a bundle is activated."""
CONSUMER = "triage"
COMMANDS = UUID("c1b5f8ce-3c0e-5a5c-8d1a-6f0d9b7be2a4")
SOFTWARE = Actor("triage", "department", "software")


@dataclass(frozen=True, slots=True)
class Author:
    """Actor, reason, and the id of the command, which may be repeated."""

    actor: Actor
    reason: str
    command_id: UUID


@dataclass(frozen=True, slots=True)
class Override:
    """Failed gates are overridden: the reason, and the second person who approved."""

    reason: str
    approved_by: str


async def lock_activations(connection: Connection) -> None:
    """Allow no activation until this transaction ends."""
    await connection.execute("select pg_advisory_xact_lock_shared(%s)", [LOCK])


async def activations(connection: Connection, events: EventStore) -> Activations:
    """All activations so far."""
    past = await events.read(connection, STREAM)
    return Activations(tuple(e.data for e in past if isinstance(e.data, BundleActivated)))


async def begin(
    connection: Connection, events: EventStore, topic: str, content: bytes, moment: datetime
) -> Activations:
    """At the start of a worker: activate the agency's bundle if none is active.

    Also when the active one was made for other rules than this software's. Concurrent workers
    activate it once. WrongHashError when the active bundle's bytes do not match its hash.
    """
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        found = await activations(connection, events)
        digest = await stored_bundles.put(connection, content, moment)
        how, content = await _how_to_begin(connection, found, content)
        if how is None:
            if found.newest and found.newest.bundle != digest:
                logger().warning(
                    "triage.another-bundle-in-force", in_force=found.newest.bundle, files=digest
                )
            return found
        digest = await stored_bundles.put(connection, content, moment)
        reason = {
            "first": "the first start of this installation",
            "software": "the bundle before was made for other rules of the software",
        }[how]
        by = Author(SOFTWARE, reason, uuid5(COMMANDS, f"{how}/{len(found.past)}/{digest}"))
        return await _append(connection, events, topic, found, (digest, how), by, moment)


async def _how_to_begin(
    connection: Connection, found: Activations, own: bytes
) -> tuple[Literal["first", "software"] | None, bytes]:
    """The bundle to activate at a start, and why; None when there is nothing to do.

    When the software's rules have changed, the active bundle is renewed for the current rules. The
    agency's files are used only if that fails, because they may not have been rehearsed.
    """
    if found.newest is None:
        return "first", own
    content = await stored_bundles.load(connection, found.newest.bundle)
    try:
        usable(content)
    except BundleError:
        renewed = with_rules_of_today(content)
        return "software", renewed if _is_usable(renewed) else own
    return None, own


def _is_usable(content: bytes) -> bool:
    try:
        usable(content)
    except BundleError:
        return False
    return True


async def promote(
    connection: Connection,
    events: EventStore,
    topic: str,
    bundle: str,
    by: Author,
    rehearsals: Sequence[Rehearsal],
    moment: datetime,
    override: Override | None = None,
) -> BundleActivated | None:
    """Activate a bundle that passed its rehearsal; None when it is active already.

    NotNowError when it may not be activated, BundleError when it cannot be used.
    """
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        found = await activations(connection, events)
        to_do, rehearsal = may_promote(found, bundle, rehearsals)
        if not to_do:
            return None
        if override is None:
            check_gates(rehearsal)
        elif override.approved_by == by.actor.who:
            raise NotNowError("the second person must be another than the operator")
        usable(await stored_bundles.load(connection, bundle))
        after = await _append(
            connection,
            events,
            topic,
            found,
            (bundle, "promoted"),
            by,
            moment,
            rehearsal=rehearsal,
            override=override,
        )
        return after.newest


async def roll_back(
    connection: Connection, events: EventStore, topic: str, leave: str, by: Author, moment: datetime
) -> BundleActivated | None:
    """Deactivate `leave` and activate the bundle before it; None when `leave` is not active any
    more.
    """
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        found = await activations(connection, events)
        if (back := roll_back_to(found, leave)) is None:
            return None
        usable(await stored_bundles.load(connection, back))
        after = await _append(connection, events, topic, found, (back, "rolled-back"), by, moment)
        return after.newest


async def _append(
    connection: Connection,
    events: EventStore,
    topic: str,
    found: Activations,
    what: tuple[str, Literal["first", "promoted", "rolled-back", "software"]],
    by: Author,
    moment: datetime,
    *,
    rehearsal: Rehearsal | None = None,
    override: Override | None = None,
) -> Activations:
    bundle, how = what
    reason = checked_reason(by.reason)
    activated = BundleActivated(
        bundle=bundle,
        previous=found.newest.bundle if found.newest else None,
        how=how,
        effective=await _effective(connection, topic),
        reason=reason,
        shadow=rehearsal.run_id if rehearsal else None,
        gates=rehearsal.gates if rehearsal else (),
        despite_gates=override is not None,
        approved_by=override.approved_by if override else None,
        activated_at=moment,
    )
    occasion = Occasion(
        by.actor,
        Purpose.LIVE,
        Cause(CauseKind.COMMAND, by.command_id),
        uuid5(COMMANDS, bundle),
        "activate",
    )
    decided = Decided(STREAM, len(found.past), (activated,), occasion)
    await events.append(connection, [decided], moment)
    logger().info("triage.bundle-activated", bundle=bundle, how=how, by=by.actor.who)
    return Activations((*found.past, activated))


async def _effective(connection: Connection, topic: str) -> dict[str, int]:
    """The next number of every partition; none changes while the lock is held."""
    cursor = await connection.execute(
        "select partition, number + 1 from positions where consumer = %s and topic = %s"
        " and number > 0 order by partition",
        [CONSUMER, topic],
    )
    return {str(partition): number for partition, number in await cursor.fetchall()}
