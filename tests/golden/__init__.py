"""One stored envelope of every event version there ever was, as its owner committed it.

`python -m tests.golden` writes the files that are missing; an existing one is never edited, for the
ledger holds such bytes for ever.
"""
