-- Answers of a form that is not sent yet, encrypted: safety answers are stored when they are given.
create table drafts (
  draft_id uuid primary key,
  outcome text not null,
  touched_at timestamptz not null,
  content bytea not null
);
create index drafts_by_age on drafts (touched_at);
