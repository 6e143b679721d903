-- What triage needs to decide next time: where earlier reports were, and whom they follow.
create table candidates (
  report_id uuid primary key,
  report_number text not null,
  type text not null,
  cell bigint,
  latitude double precision,
  longitude double precision,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  anchor uuid                             -- null until decided
) with (fillfactor = 80);
create index candidates_near on candidates (type, cell, occurred_at) where cell is not null;

create function neighbour_cells(cell bigint) returns bigint[] language sql immutable strict as $$
  select array[cell - 1000001, cell - 1000000, cell - 999999, cell - 1, cell, cell + 1,
               cell + 999999, cell + 1000000, cell + 1000001]
$$;
