"""The partner inlet over HTTP: the same events as on Kafka, for partners without Kafka."""
