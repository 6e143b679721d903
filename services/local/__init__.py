"""Real local servers, and a supervisor for them: behind `blotter up` and behind the tests.

Takes a directory. Promises a real Apache Kafka and a real Postgres on loopback whose data outlives
a kill -9, child programs that are restarted when they die, and nothing left behind by `stop()`.
Gives addresses, process ids and one `installation.json`. Knows no business word.
"""
