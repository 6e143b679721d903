-- What intake needs to answer and to decide next time.
create sequence report_counter;

create table reports (
  report_id uuid primary key,
  report_number text not null unique,
  submitted_at timestamptz not null,
  pin_hash text,
  wrong_pins smallint not null default 0,
  locked_until timestamptz
) with (fillfactor = 80);

-- A diverted report's pending hand-off to 9-1-1, read by the console from here, never through Kafka.
create table handoffs (
  report_id uuid primary key,
  report_number text not null,
  type text,
  rules text[] not null,
  latitude double precision,
  longitude double precision,
  purpose text not null,
  offered_at timestamptz not null,
  acknowledged_at timestamptz
);
create index handoffs_pending on handoffs (offered_at) where acknowledged_at is null;

create table partner_events (
  cause_id uuid primary key,
  digest bytea not null,
  report_number text
);

create table dead_letters (
  id uuid primary key,
  partner text not null,
  topic text not null,
  partition smallint not null,
  record_offset bigint not null,
  reason text not null,
  received_at timestamptz not null,
  replayed_at timestamptz,
  original bytea not null                 -- encrypted: key, headers and value as they came
);
create index dead_letters_open on dead_letters (received_at) where replayed_at is null;
