"""Exports of records: everything about some numbers, that anybody can verify without us.

Takes numbers and a checkpoint · promises the same bytes for the same of both · gives files.
Read `bundle.py`; `verify.py` is not used here, it travels along and imports nothing of ours.
"""
