-- Rehearsals: history decided again by another bundle. What is kept names rules, never words.
create table shadow_runs (
  run_id uuid primary key,
  bundle text not null references bundles,
  baseline text not null references bundles,
  since timestamptz,
  by_whom text not null,
  began_at timestamptz not null,
  finished_at timestamptz,
  done bigint not null default 0,
  total bigint not null,
  figures jsonb
);
create index shadow_runs_by_bundle on shadow_runs (bundle, began_at);

create table shadow_differences (
  run_id uuid not null references shadow_runs,
  place integer not null,
  report_number text not null,
  kinds text[] not null,
  before jsonb not null,
  after jsonb not null,
  primary key (run_id, place)
);
