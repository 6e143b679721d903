-- Who may tell of telephone calls; the secret is sealed, for a signature needs it in the clear.
create table telephone_systems (
  name text primary key,
  secret bytea not null,
  made_at timestamptz not null,
  revoked_at timestamptz
);

-- A call as its system told of it, in whatever order; the caller's number is only in the draft.
create table telephone_calls (
  system text not null references telephone_systems (name),
  call text not null,
  rang_at timestamptz,
  answered_at timestamptz,
  ended_at timestamptz,
  answered_by text,
  caller bytea,                           -- sealed, until the call is answered or ends
  draft_id uuid,
  opened_at timestamptz,
  primary key (system, call)
);
create index telephone_calls_by_time on telephone_calls (rang_at);
create index telephone_calls_to_open on telephone_calls (answered_by) where opened_at is null;

-- What was told already: a repeat changes nothing.
create table telephone_told (
  system text not null,
  event_id text not null,
  told_at timestamptz not null,
  primary key (system, event_id)
);
