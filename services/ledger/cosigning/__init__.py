"""Other offices vouch for our history: each checkpoint is shown to them, their signatures kept.

Read `configured.py` (who they are), `requesting.py` (one request), `cosigning.py` (the loop).
"""
