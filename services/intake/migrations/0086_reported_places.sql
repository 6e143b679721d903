-- Where public matters were reported that several people see: for "already reported nearby".
-- Streets are keyed hashes; rows go after the longest time within which they can matter.
create table reported_places (
  report_id uuid primary key,
  report_number text not null,
  type text not null,
  latitude double precision,
  longitude double precision,
  streets bytea[] not null,
  answers jsonb not null,
  submitted_at timestamptz not null
);
create index reported_places_of_type on reported_places (type, submitted_at);
