-- What was done to the personal data of reports; a report to which nothing was done has no row.
create table personal_data (
  key text primary key,
  report_number text not null,
  sealed boolean not null,
  sealed_basis text,
  pending text,                           -- the request that waits for a second person
  pending_basis text,
  requested_by text,
  requested_at timestamptz,
  erased_at timestamptz,
  erased_basis text,
  erased_request text,
  position bigint not null
) with (fillfactor = 70);
create index personal_data_pending on personal_data (requested_at) where pending is not null;
create index personal_data_erased on personal_data (erased_request) where erased_request is not null;

-- Legal holds that stand, by call.
create table legal_holds (
  key text primary key,
  matters text[] not null,
  position bigint not null
) with (fillfactor = 70);

-- Requests for public records and their clock.
create table records_requests (
  key text primary key,
  number text not null,
  version integer not null,
  received_on date not null,
  due_on date not null,
  extended boolean not null,
  reports text[] not null,
  outcome text,                           -- released, refused; null while open
  closed_at timestamptz,
  position bigint not null
) with (fillfactor = 70);

-- How far the index of keyed hashes has come, and under which epoch's key. No view: it decrypts.
create table search_index (
  only_row boolean primary key default true check (only_row),
  epoch integer not null,
  position bigint not null
);
