"""Proofs about a log, pure: its tree, notes that sign it, receipts, tiles, and cosigning.

Takes bytes, hashes and keys · promises that what verifies is what was signed and appended · gives
the public formats (RFC 6962 and C2SP), so that tools we did not write can check ours.

Read `tree.py`, then `note.py`, `checkpoint.py`, `receipt.py`; `witness.py` decides for a cosigner.
"""
