-- What the monitor found and nobody has mended yet; kept here so that a restart does not forget it.
create table monitor_alarms (
  kind text primary key,
  detail text not null,
  since timestamptz not null
);
-- How far the recomputation of the whole ledger has come, and when it was last through.
create table monitor_pass (
  only_row boolean primary key default true check (only_row),
  through bigint not null default 0,
  began_at timestamptz,
  completed_at timestamptz,
  completed_size bigint
);
insert into monitor_pass default values;
