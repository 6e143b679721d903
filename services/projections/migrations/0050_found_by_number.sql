-- A case is found by its number and a call's reports by the call, among millions, without a scan.
create index case_status_calls_by_case_number on case_status_calls (case_number)
  where case_number is not null;
create index case_status_reports_by_call on case_status_reports (call_id)
  where call_id is not null;
