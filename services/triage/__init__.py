"""Triage: what a report is, how urgent, whose, and whether it is known already.

Takes `blotter.reports`. Promises one decision per report, explained, and a fail-safe one where it
cannot decide. Gives `triage.*` events on `blotter.triage`.
"""
