"""Agency: one department's profile, read from a directory, and the pure rules that run on it.

Another department adopts Blotter by writing such a directory; nothing here knows any agency.
"""
