-- Who may deliver text messages and e-mails, and by which secret; a secret is sealed under the master
-- key, for a signature needs it in the clear. The key that opens the outgoing messages is a hash.
create table text_inlets (
  name text primary key,
  channel text not null check (channel in ('sms', 'email')),
  secret bytea not null,
  key_hash bytea not null unique,
  exercise boolean not null,              -- whatever comes here is a drill
  replies text not null check (replies in ('answer', 'fetch')),
  made_at timestamptz not null,
  revoked_at timestamptz
);

-- A conversation: whose (a keyed hash of the address), what was said so far (sealed), what it may
-- become. One that is filed goes on as additions to its report.
create table text_conversations (
  conversation_id uuid primary key,
  inlet text not null references text_inlets (name),
  channel text not null,
  sender_hash bytea not null,
  current boolean not null default true,  -- false: left behind for another one
  report_number text not null,
  pin_hash text,
  report_id uuid,                         -- null: not filed yet
  outcome text not null,
  wrong_pins integer not null default 0,
  locked_until timestamptz,
  touched_at timestamptz not null,
  content bytea not null
);
create unique index text_conversations_current on text_conversations (channel, sender_hash) where current;
create index text_conversations_numbers on text_conversations (report_number);
create index text_conversations_silent on text_conversations (touched_at) where report_id is null;

-- Each delivery once: ids are a provider's own and may be addresses, so keyed hashes of them.
create table text_deliveries (
  inlet text not null,
  message_hash bytea not null,
  received_at timestamptz not null,
  answer bytea,                           -- sealed; forgotten after a day, the delivery stays known
  primary key (inlet, message_hash)
);
create index text_deliveries_by_age on text_deliveries (received_at);

-- What is to be sent, sealed; fetched and acknowledged by the provider's adapter.
create table text_outgoing (
  sequence bigint generated always as identity primary key,
  reply_id uuid not null unique,
  inlet text not null,
  made_at timestamptz not null,
  handed_over_at timestamptz,
  content bytea not null
);
create index text_outgoing_waiting on text_outgoing (inlet, sequence) where handed_over_at is null;

-- Who said STOP.
create table text_stopped (
  channel text not null,
  sender_hash bytea not null,
  stopped_at timestamptz not null,
  primary key (channel, sender_hash)
);
