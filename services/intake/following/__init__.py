"""Actions of a reporting party on a filed report: supplement, correct, withdraw, attach."""
