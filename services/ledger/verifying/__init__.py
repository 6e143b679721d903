"""Is what is stored what was signed? Asked of Postgres, of exported tiles, or of tiles over HTTP.

Takes a source · promises the first bad position, or that there is none · gives a verdict.
Read `verification.py`, `database_source.py`, then `services/proofs/examination.py`: the checks.
"""
