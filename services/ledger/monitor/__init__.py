"""The monitor: does the ledger's head move, is it gapless, is it still what was signed?

Read `head.py` (each round, from what the owners committed, not from what arrived), `recomputing.py`
(leaf by leaf from the stored bytes, the whole ledger over time), `monitoring.py` (the loop).
"""
