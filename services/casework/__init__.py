"""Casework: from a triaged report to a closed call for service or case.

Input: `blotter.triage` and staff commands. A command is applied once, against the version its
author saw. Output: `casework.*` events on `blotter.cases`.
"""
