-- Numbers of cases: one counter per year, locked while a number is being issued.
create table case_counters (
  year integer primary key,
  issued integer not null
);

-- From a call's number, and from a report's, to the call.
create table call_numbers (
  number text primary key,
  call_id uuid not null
);
