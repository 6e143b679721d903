"""Events of partners, by Kafka or HTTP: committed once, answered; dead letters if unusable."""
