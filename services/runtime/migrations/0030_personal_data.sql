-- Subject keys are wrapped by the key of an epoch, which lies outside the database so that it can be
-- destroyed for good (ADR 5). Epoch 0 is the master key itself.
create table key_epochs (
  epoch integer primary key,
  made_at timestamptz not null default now(),
  retired_at timestamptz,                 -- wraps nothing new from then on
  destroy_after timestamptz,              -- when no backup needs it any more
  destroyed_at timestamptz
);
insert into key_epochs (epoch) values (0);

-- A destroyed key leaves its row, so that no new one is made for an erased person.
alter table subject_keys alter column wrapped drop not null;
alter table subject_keys add column epoch integer not null default 0;
alter table subject_keys add column sealed boolean not null default false;
alter table subject_keys add column destroyed_at timestamptz;
alter table subject_keys add check ((wrapped is null) = (destroyed_at is not null));

-- Keyed hashes to search by. Made from the ledger by whoever holds the keys, gone with the subject.
create table personal_hashes (
  kind text not null,
  hash bytea not null,
  epoch integer not null,
  subject text not null,
  report_number text not null,
  primary key (kind, hash, subject)
);
create index personal_hashes_of_subject on personal_hashes (subject);
