-- Who may send over HTTP, and by which tokens; a token is kept as its hash. On Kafka the access list of
-- a partner's topic says the same.
create table partners (
  name text primary key,
  label text not null,
  answers_for text[] not null default '{}',  -- desks whose referrals this partner answers
  added_at timestamptz not null
);

create table partner_tokens (
  token_id uuid primary key,
  token_hash bytea not null unique,
  partner text not null references partners (name),
  exercise_only boolean not null,
  made_at timestamptz not null,
  ends_at timestamptz,                        -- null: until it is revoked or another takes its place
  last_used_on date
);
create index partner_tokens_of on partner_tokens (partner);

-- An accepted event claims its id; what else came under that id, and what became of it, is beside it.
alter table partner_events add column partner text;
alter table partner_events add column event_id text;
alter table partner_events add column source text;
alter table partner_events add column type text;

create table partner_answers (
  cause_id uuid not null,
  digest bytea not null,
  revision integer,                           -- 1: the first content; null: rejected
  partner text,
  event_id text,
  status text not null check (status in ('accepted', 'rejected')),
  report_number text,
  purpose text,
  emergency text,
  reason text,
  dead_letter uuid,
  answered_at timestamptz,
  primary key (cause_id, digest)
);
create unique index partner_answers_revisions on partner_answers (cause_id, revision) where revision is not null;
create index partner_answers_of on partner_answers (partner, status);

insert into partner_answers (cause_id, digest, revision, status, report_number)
select cause_id, digest, 1, 'accepted', report_number from partner_events;

-- A call that rang elsewhere before it was passed on keeps that time in front of a dispatcher.
alter table handoffs add column called_at timestamptz;
