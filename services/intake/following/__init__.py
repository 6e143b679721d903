"""What a reporting party does with a report that is there: add, correct, withdraw, attach."""
