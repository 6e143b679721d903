-- Bundles by what is in them: whoever holds the hash can check the bytes, here and after reading.
create table bundles (
  digest text primary key,
  content bytea not null,
  stored_at timestamptz not null,
  constraint named_by_its_hash check (digest = encode(sha256(content), 'hex'))
);
create trigger bundles_only_grow before update or delete or truncate on bundles
  for each statement execute function refuse_change();
alter table bundles enable always trigger bundles_only_grow;
