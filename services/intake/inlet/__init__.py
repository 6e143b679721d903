"""The partner inlet over HTTP: the same events as on Kafka, for partners who have none."""
