-- What programs file with. A key is high-entropy and kept as its SHA-256; it is shown once.
create table open311_keys (
  key_id text primary key,                -- how lists and events call it
  key_hash bytea not null unique,
  label text not null,
  made_at timestamptz not null,
  last_used_on date,
  revoked_at timestamptz
);

-- A report's public face: what may be told of it to anybody, decided when it comes. Its place is only
-- the block. A report from before this column shows none.
alter table reports add column shown boolean not null default false;
alter table reports add column type text;
alter table reports add column block_latitude double precision;
alter table reports add column block_longitude double precision;
alter table reports add column block_address text;
create index reports_shown on reports (submitted_at desc, report_id desc) where shown;
