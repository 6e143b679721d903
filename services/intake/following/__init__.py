"""What a reporting party may do with a filed report: add, correct, withdraw, attach."""
