-- Who read which record: one row a read, found by any of the records it is about.
create table reads (
  key text primary key,
  position bigint not null unique,
  read_at timestamptz not null,
  who text not null,
  role text not null,
  through text not null,
  did text not null,
  records uuid[] not null,
  fields text[] not null,
  reason text,
  detail text
);
create index reads_of_records on reads using gin (records);
