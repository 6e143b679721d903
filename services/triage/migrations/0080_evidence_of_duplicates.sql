-- What reports are compared by beyond place and time, as keyed hashes only: never a word, a plate or a
-- telephone number. Emptied when the report's key is destroyed or the report is too old to be followed.
alter table candidates
  add column type_group text,
  add column address bigint,
  add column house bigint,
  add column terms bigint[] not null default '{}',
  add column norm bigint not null default 0,
  add column plates bigint[] not null default '{}',
  add column plates_alike bigint[] not null default '{}',
  add column contacts bigint[] not null default '{}',
  add column cites text[] not null default '{}',
  add column exercise boolean not null default false;
update candidates set exercise = true, type = substr(type, length('exercise/') + 1)
  where type like 'exercise/%';
create index candidates_in_cell on candidates (cell, occurred_at) where cell is not null;
create index candidates_at_address on candidates (address, occurred_at) where address is not null;
create index candidates_by_plate on candidates using gin (plates_alike) where plates_alike <> '{}';
create index candidates_by_contact on candidates using gin (contacts) where contacts <> '{}';
create index candidates_by_citation on candidates using gin (cites) where cites <> '{}';
create index candidates_by_number on candidates (report_number);
create index candidates_with_evidence on candidates (occurred_at)
  where terms <> '{}' or plates <> '{}' or contacts <> '{}';
