"""`docs/reference/`, made from the code: `python -m tests.reference` writes it.

The HTTP page needs a web process on a real database, since routes are mounted when it starts, and a
token of every role. So it is made here and not by the `blotter` command, whose users have neither.
"""
