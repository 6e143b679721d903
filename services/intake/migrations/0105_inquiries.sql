-- Questions that wait for a person's answer: what lets the asker in again. The question itself is in
-- its events.
create sequence inquiry_counter;
create table inquiries (
  inquiry_id uuid primary key,
  inquiry_number text not null unique,
  received_at timestamptz not null,
  pin_hash text,                          -- null until it is left open
  wrong_pins smallint not null default 0,
  locked_until timestamptz
) with (fillfactor = 80);
