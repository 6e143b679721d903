"""Hazards: pure rules that assess whether a report is an emergency.

Used by intake before it commits and by triage on every report.
"""
