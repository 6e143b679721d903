-- The ledger: every event once, gapless, in causal order, byte for byte as its owner stored it.
create table ledger (
  position bigint primary key check (position >= 0),
  event_id uuid not null unique,
  stream_id text collate "C" not null,
  version integer not null,
  type text not null,
  recorded_at timestamptz not null,
  topic text not null,
  partition smallint not null,
  number bigint not null,
  body bytea not null,
  unique (stream_id, version)
);
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on % is refused: history is only added to', tg_op, tg_table_name;
end $$;
create trigger ledger_only_grows before update or delete or truncate on ledger
  for each statement execute function refuse_change();

create table ledger_size (only_row boolean primary key default true check (only_row), size bigint not null);
insert into ledger_size (size) values (0);

-- Events whose cause or predecessor has not arrived yet.
create table waiting (
  event_id uuid primary key,
  cause_id uuid,
  stream_id text collate "C" not null,
  version integer not null,
  topic text not null,
  partition smallint not null,
  number bigint not null,
  since timestamptz not null default now(),
  body bytea not null
);
create index waiting_for_cause on waiting (cause_id);
create index waiting_for_version on waiting (stream_id, version);

-- How far each view has read: the next position.
create table checkpoints (
  view text primary key,
  position bigint not null default 0,
  failed text,
  moved_at timestamptz not null default now()
) with (fillfactor = 50);

create table case_status_reports (
  key text primary key,
  received_position bigint not null unique,
  report_number text not null unique,
  received_at timestamptz not null,
  channel text not null,
  partner text,
  purpose text not null,
  type text,
  occurred_from timestamptz,
  emergency text not null,
  triaged_at timestamptz,
  urgency smallint,
  severity smallint,
  desk text,
  district text,
  call_id text,
  position bigint not null
) with (fillfactor = 70);

create table case_status_calls (
  key text primary key,
  version integer not null,
  call_number text not null,
  case_number text,
  status text not null,
  urgency smallint not null,
  emergency text not null,
  desk text not null,
  officer text,
  reports integer not null,
  dispositions text[] not null,
  opened_at timestamptz not null,
  accepted_at timestamptz,
  assigned_at timestamptz,
  closed_at timestamptz,
  position bigint not null
) with (fillfactor = 70);

create table workload_calls (
  key text primary key,
  desk text not null,
  officer text,
  urgency smallint not null,
  purpose text not null,
  open boolean not null,
  is_case boolean not null,
  opened_at timestamptz not null,
  position bigint not null
) with (fillfactor = 70);
create index workload_open on workload_calls (desk, officer) where open;

-- What intake may read of a report's progress to tell its reporting party.
create view report_progress as
  select r.report_number, r.triaged_at, r.desk, c.call_number, c.status, c.opened_at, c.accepted_at,
         c.assigned_at, c.closed_at
  from case_status_reports r left join case_status_calls c on c.key = r.call_id;
