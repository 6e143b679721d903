-- Wrong guesses at what lets somebody in, counted alike for what exists and for what does not. The
-- place guessed at is a keyed hash: the table tells nobody which numbers were tried.
create table guesses (
  place bytea primary key,
  wrong integer not null default 0,
  since timestamptz not null,
  locked_until timestamptz,
  touched_at timestamptz not null
) with (fillfactor = 70);
create index guesses_by_age on guesses (touched_at);

-- reports.wrong_pins and locked_until are used no more: counting only what exists told by its slowness
-- that it does. They stay for processes of the version before.

-- Keyed hashes of details that together lead back to a report whose PIN is lost.
create table identifying_details (
  hash bytea not null,
  report_id uuid not null,
  primary key (hash, report_id)
);
create index identifying_details_of on identifying_details (report_id);

-- Which ways of reaching the reporting party are safe, as last stated.
create table contact_rules (
  report_id uuid primary key,
  call text not null,
  leave_message text not null,
  write text not null,
  hours_from text,
  hours_to text,
  stated_at timestamptz not null
);

-- Files beside the events; their content is on disk, under the report's key.
create table attachments (
  attachment_id uuid primary key,
  report_id uuid not null,
  media_type text not null,
  size bigint not null,
  added_at timestamptz not null
);
create index attachments_of on attachments (report_id);
