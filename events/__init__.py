"""The language of Blotter: what can happen, in the past tense, and how it is written down.

Pure: imports nothing of ours and no I/O library; every service imports it.
Reading order: `casework.py` (an owner's events) → `envelope.py` → `registry.py` → `codec.py`.
"""
