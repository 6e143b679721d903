-- What a session may see in the clear is the fold of its reveals: found by stream and time.
create index reveals on events (stream_id, recorded_at)
  where type like 'access.personal-data-revealed.%';
