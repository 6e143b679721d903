-- What every service shares: how far consumers are, who is alive, keys of data subjects, access.
create table positions (
  consumer text not null,
  topic text not null,
  partition smallint not null,
  number bigint not null default 0,       -- the last number applied; partners: offset + 1
  next_offset bigint,                     -- where reading starts, never what was applied
  topic_id text,
  wanted bigint,                          -- a gap: this number came while number + 1 is missing
  moved_at timestamptz not null default now(),
  primary key (consumer, topic, partition)
) with (fillfactor = 50);

create table stations (
  name text primary key,
  pid integer not null,
  started_at timestamptz not null,
  beat_at timestamptz not null,
  pending bigint not null default 0,      -- work only the station itself can count (inbound records)
  alarm text
) with (fillfactor = 50);

create table parked (
  consumer text not null,
  topic text not null,
  partition smallint not null,
  number bigint not null,
  stream_id text not null,
  reason text not null,
  parked_at timestamptz not null default now(),
  body bytea not null,
  primary key (consumer, topic, partition, number)
);
create index parked_streams on parked (consumer, stream_id);

create table subject_keys (
  subject text primary key,
  wrapped bytea not null,
  created_at timestamptz not null default now()
);

create table idempotency (
  actor text not null,
  key text not null,
  request bytea not null,
  answer bytea not null,                  -- encrypted: it may hold a PIN
  expires_at timestamptz not null,
  primary key (actor, key)
);
create index idempotency_expiry on idempotency (expires_at);

create table api_tokens (
  token_hash bytea primary key,
  role text not null,
  label text not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);

create table sessions (
  session_hash bytea primary key,
  account text not null,
  role text not null,
  csrf text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
