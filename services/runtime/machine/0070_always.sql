-- Also for a session that replays a replica's changes: nobody but a superuser can make one, and even
-- there history is only added to.
alter table events enable always trigger events_only_grow;
alter table published enable always trigger published_only_grows;
