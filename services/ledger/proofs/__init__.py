"""The ledger's proofs, kept: its tree, its keys, its signed checkpoints, and who watches them.

Read `growth.py` (the tree, in the transaction of each append), `paths.py`, `signing.py`.
"""
