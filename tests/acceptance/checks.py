"""What must hold of every installation at rest: the invariants of design.md §2, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from services.projections.runner import Runner
from services.projections.views import VIEWS
from services.runtime.database import connect

if TYPE_CHECKING:
    from collections.abc import Collection

WRITERS = ("intake", "triage", "casework", "access")
NOTHING = {
    "ledger positions are contiguous from 0": """
        select position from (select position, row_number() over (order by position) - 1 as n
        from projections.ledger) p where position <> n""",
    "versions are contiguous from 1 in every stream": """
        select stream_id, version from (select stream_id, version, row_number() over
        (partition by stream_id order by version) as n from projections.ledger) v
        where version <> n""",
    "nothing waits in the ledger": "select event_id from projections.waiting",
    "nothing is parked": "select consumer, number from runtime.parked",
    "every cause stands before its effect": """
        select e.position from projections.ledger e
        join projections.ledger c on c.event_id::text =
          substring(convert_from(e.body, 'UTF8') from '"causationid":"event:([0-9a-f-]{36})"')
        where c.position >= e.position""",
    "every report is triaged once": """
        select r.stream_id, count(t.*) from projections.ledger r
        left join projections.ledger t on t.stream_id = replace(r.stream_id, 'report-', 'triage-')
        where r.type = 'intake.report-submitted.v1' group by r.stream_id having count(t.*) <> 1""",
    "every report is in exactly one call": """
        select r.report_number, count(l.*) from projections.case_status_reports r
        left join projections.ledger l on l.type in ('casework.call-opened.v1',
          'casework.report-attached.v1')
          and (convert_from(l.body, 'UTF8')::jsonb #>> '{data,report_id}') = r.key
        group by r.report_number having count(l.*) <> 1""",
    "every report has a row in case status": """
        select stream_id from projections.ledger l where type = 'intake.report-submitted.v1'
        and not exists (select from projections.case_status_reports r
                        where 'report-' || r.key = l.stream_id)""",
    "every call has a row in the workload": """
        select stream_id from projections.ledger l where type = 'casework.call-opened.v1'
        and not exists (select from projections.workload_calls w
                        where 'call-' || w.key = l.stream_id)""",
} | {
    name: query.format(schema=schema)
    for schema in WRITERS
    for name, query in {
        f"every event of {schema} is in the ledger, byte for byte": """
            select e.event_id from {schema}.events e left join projections.ledger l using (event_id)
            where l.body is distinct from e.body""",
        f"numbers of {schema} are gapless": """
            select topic, partition, number from (select topic, partition, number, row_number() over
            (partition by topic, partition order by number) as n from {schema}.published) p
            where number <> n""",
        f"every event of {schema} is published once": """
            select event_id from {schema}.events e left join {schema}.published p
            on p.item_id = e.event_id group by event_id having count(p.*) <> 1""",
    }.items()
}


async def broken_invariants(database_url: str) -> dict[str, list[Any]]:
    """Each invariant that does not hold, with the first rows that show it; empty when all hold."""
    found: dict[str, list[Any]] = {}
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        for name, query in NOTHING.items():
            cursor = await connection.execute(query.encode())
            if rows := await cursor.fetchmany(5):
                found[name] = rows
        cursor = await connection.execute(
            "select l.event_id from projections.ledger l"
            " where not exists (select from intake.events e where e.event_id = l.event_id)"
            " and not exists (select from triage.events e where e.event_id = l.event_id)"
            " and not exists (select from casework.events e where e.event_id = l.event_id)"
            " and not exists (select from access.events e where e.event_id = l.event_id)"
        )
        if rows := await cursor.fetchmany(5):
            found["every event in the ledger has an owner"] = rows
    return found | await rebuild_differences(database_url)


async def rebuild_differences(database_url: str) -> dict[str, list[Any]]:
    """Rebuild every view from the ledger beside the live one and compare row by row."""
    found: dict[str, list[Any]] = {}
    async with await connect(database_url, "projections") as connection:
        for view in VIEWS:
            for table in view.tables:
                await connection.execute(f"drop table if exists {table.name}_rebuilt".encode())
                await connection.execute(
                    f"create table {table.name}_rebuilt (like {table.name} including all)".encode()
                )
            runner = Runner(view, suffix="_rebuilt")
            await connection.execute("delete from checkpoints where view = %s", [runner.checkpoint])
            await runner.prepare(connection)
            while await runner.step(connection):
                pass
            await connection.execute("delete from checkpoints where view = %s", [runner.checkpoint])
            for table in view.tables:
                cursor = await connection.execute(
                    f"(select 'live', l::text from {table.name} l except"
                    f" select 'live', r::text from {table.name}_rebuilt r) union all"
                    f" (select 'rebuilt', r::text from {table.name}_rebuilt r except"
                    f" select 'rebuilt', l::text from {table.name} l) limit 5".encode()
                )
                if rows := await cursor.fetchall():
                    found[f"rebuilt {table.name} = live"] = rows
                await connection.execute(f"drop table {table.name}_rebuilt".encode())
    return found


async def missing_reports(database_url: str, acknowledged: Collection[str]) -> set[str]:
    """Acknowledged report numbers that are not exactly once in the ledger and in case status."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute(
            "select n from unnest(%s::text[]) n where"
            " (select count(*) from projections.case_status_reports where report_number = n) <> 1"
            " or (select count(*) from projections.case_status_reports r join projections.ledger l"
            "     on l.position = r.received_position where r.report_number = n) <> 1",
            [list(acknowledged)],
        )
        return {row[0] for row in await cursor.fetchall()}
