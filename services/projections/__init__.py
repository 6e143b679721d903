"""Projections: the ledger and every view of it.

Takes all our topics. Promises one gapless, causally ordered ledger of stored bytes, and views that
a rebuild reproduces row for row. Gives the console, the read API and the audit API.
"""
