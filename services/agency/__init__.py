"""Agency: one department's profile, read from a directory, and the pure rules that use it.

Another department adopts Blotter by writing such a directory; this code names no agency.
"""
