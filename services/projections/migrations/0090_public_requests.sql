-- What intake may read to answer anybody about reports: never who, never where exactly, no narrative.
create view public_requests as
  select r.key as report_id, r.type, r.emergency, r.district, r.triaged_at,
         c.emergency as call_emergency, c.status, c.opened_at, c.accepted_at, c.assigned_at,
         c.closed_at
  from case_status_reports r left join case_status_calls c on c.key = r.call_id;
