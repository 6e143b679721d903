-- The ledger's tree (RFC 6962): what growing needs beside the size, full tiles as they fill.
-- A ledger from before has tree_size 0; the projections build the rest up while it goes on.
alter table ledger_size
  add column tree_size bigint not null default 0 check (tree_size >= 0),
  add column peaks bytea not null default '',
  alter column peaks set storage plain;

create table tiles (
  level smallint not null check (level >= 0),
  index bigint not null check (index >= 0),
  root bytea not null check (octet_length(root) = 32),
  hashes bytea not null check (octet_length(hashes) = 8192),
  primary key (level, index)
);
alter table tiles alter column hashes set storage external;  -- hashes cannot be compressed

-- The log's keys. A key signs from its first moment until its end, if it was given one.
create table log_keys (
  verifier text primary key,
  sealed bytea not null,                  -- the seed, under the master key
  signs_from timestamptz not null
);
create table log_keys_ended (
  verifier text primary key references log_keys,
  signs_until timestamptz not null
);

create table signed_checkpoints (
  number bigint generated always as identity primary key,
  size bigint not null check (size >= 0),
  root bytea not null check (octet_length(root) = 32),
  signed_at timestamptz not null,
  note text not null
);
create index signed_checkpoints_by_size on signed_checkpoints (size);

create trigger tiles_only_grow before update or delete or truncate on tiles
  for each statement execute function refuse_change();
create trigger log_keys_only_grow before update or delete or truncate on log_keys
  for each statement execute function refuse_change();
create trigger log_keys_ended_only_grow before update or delete or truncate on log_keys_ended
  for each statement execute function refuse_change();
create trigger signed_checkpoints_only_grow before update or delete or truncate
  on signed_checkpoints for each statement execute function refuse_change();
