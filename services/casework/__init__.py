"""Casework: from a triaged report to a closed call for service or case.

Takes `blotter.triage` and staff commands. Promises that a command is applied once, against the
version its author saw. Gives `casework.*` events on `blotter.cases`.
"""
