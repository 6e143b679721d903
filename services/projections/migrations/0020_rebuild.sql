-- Which version of a view's fold made the rows: another version's fold must not touch them.
alter table checkpoints add column version integer not null default 1;

-- Rows that could not be folded further: the event at fault (with a reason) and what follows on the
-- same row, waiting in this order until the fold is mended. Bytes stay where they are, in the ledger.
create table parked_entries (
  copy text not null,                     -- a checkpoint's name
  table_name text not null,               -- as the view names it, without a copy's suffix
  key text not null,
  position bigint not null,
  reason text,                            -- the error's class; null: it follows
  parked_at timestamptz not null default now(),
  primary key (copy, table_name, key, position)
);

-- At most one rebuild a view. Its copy's tables and its checkpoint carry a suffix: _next before the
-- switch, and then the copy that was served is kept as _old.
create table rebuilds (
  view text primary key,
  state text not null check (state in ('building', 'cancelled', 'built', 'switched')),
  started_by text not null,
  started_at timestamptz not null default clock_timestamp(),
  switch_when_built boolean not null default false,
  run_began_at timestamptz,               -- the last run of the builder: for rate and time left
  run_began_from bigint,
  built_at timestamptz,
  switched_at timestamptz
);
