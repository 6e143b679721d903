-- What other offices signed beside us, for ever; and how each of them is doing, which changes.
create table cosignatures (
  cosigner text not null,                 -- the public key, its name in front
  size bigint not null check (size >= 0),
  root bytea not null check (octet_length(root) = 32),
  cosigned_at timestamptz not null,
  line text not null,                     -- the signature line, to be put under the checkpoint
  primary key (size, root, cosigner)
);
create index cosignatures_of on cosignatures (cosigner, size);
create trigger cosignatures_only_grow before update or delete or truncate on cosignatures
  for each statement execute function refuse_change();

create table cosigners (
  cosigner text primary key,
  url text not null,
  size bigint not null default 0,         -- the largest tree it says it has seen
  asked_at timestamptz,
  answered_at timestamptz,
  refused text,                           -- why it does not cosign what we signed last
  refused_at timestamptz
) with (fillfactor = 50);

-- Also for a session that replays a replica's changes.
alter table ledger enable always trigger ledger_only_grows;
alter table tiles enable always trigger tiles_only_grow;
alter table log_keys enable always trigger log_keys_only_grow;
alter table log_keys_ended enable always trigger log_keys_ended_only_grow;
alter table signed_checkpoints enable always trigger signed_checkpoints_only_grow;
alter table cosignatures enable always trigger cosignatures_only_grow;
