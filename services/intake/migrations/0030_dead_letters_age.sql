-- The original of a dead letter is kept for the days that the agency's retention rules name.
alter table dead_letters alter column original drop not null;
create index dead_letters_kept on dead_letters (received_at) where original is not null;
