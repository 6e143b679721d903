"""What partners send, by Kafka or HTTP: committed once, answered, and kept when it is unusable."""
