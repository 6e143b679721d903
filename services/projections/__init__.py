"""Projections: every view of the ledger, and the index that finds records.

Takes the ledger. Promises views that a rebuild reproduces row for row. Gives the read API.
"""
