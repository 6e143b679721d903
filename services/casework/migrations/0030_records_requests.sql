-- Numbers of requests for public records: one counter per year, and the way from number to request.
create table records_request_counters (
  year integer primary key,
  issued integer not null
);
create table records_requests (
  number text primary key,
  request_id uuid not null
);
