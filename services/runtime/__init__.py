"""What every service is built on: settings, clock, Postgres, Kafka, HTTP problems, keys.

Takes settings. Promises that what was committed reaches Kafka and is applied once by every consumer
(design.md §1). Gives pools, stores, loops. Knows no business word.
"""
