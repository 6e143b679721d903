"""Triage: the type, urgency, severity, desk and duplicates of a report.

Input: `blotter.reports`. Exactly one explained decision per report; a fail-safe one where the
report cannot be decided. Output: `triage.*` events on `blotter.triage`.
"""
