-- A form that a call taker has begun lies on that desk until it is sent, whatever crashes meanwhile.
alter table drafts add column taken_by text;
create index drafts_on_desk on drafts (taken_by, touched_at) where taken_by is not null;
