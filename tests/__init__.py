"""The suite: unit (no sockets), contract, integration and acceptance (real Kafka and Postgres)."""
