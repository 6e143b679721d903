"""The `blotter` command, one module a verb group.

Exit codes: 0 good, 1 found wrong, 2 could not tell or wrong usage.
"""
