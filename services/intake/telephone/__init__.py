"""The telephone system tells of calls: they open at the desk, and the expected wait is known."""
