-- The machine of a service that writes events (design.md §1).
create table events (
  stream_id text collate "C" not null,
  version integer not null check (version > 0),
  event_id uuid not null unique,
  type text not null,
  recorded_at timestamptz not null,
  topic text not null,
  partition smallint not null,
  body bytea not null,
  primary key (stream_id, version)
);

-- What is sent but is no event of ours: replies to partners, notices of dead letters.
create table messages (
  message_id uuid primary key,
  recorded_at timestamptz not null,
  topic text not null,
  partition smallint not null,
  key text not null,
  body bytea not null
);

create view outgoing as
  select event_id as item_id, stream_id as key, body, recorded_at from events
  union all
  select message_id, key, body, recorded_at from messages;

create table outbox (
  id bigint generated always as identity primary key,
  item_id uuid not null,
  topic text not null,
  partition smallint not null
);

create table published (
  topic text not null,
  partition smallint not null,
  number bigint not null,
  item_id uuid not null,
  primary key (topic, partition, number)
);

create table relayed (
  topic text not null,
  partition smallint not null,
  numbered_through bigint not null default 0,
  sent_through bigint not null default 0,
  primary key (topic, partition)
) with (fillfactor = 50);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on % is refused: history is only added to', tg_op, tg_table_name;
end $$;
create trigger events_only_grow before update or delete or truncate on events
  for each statement execute function refuse_change();
create trigger published_only_grows before update or delete or truncate on published
  for each statement execute function refuse_change();
