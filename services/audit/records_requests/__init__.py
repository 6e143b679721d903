"""What officers of records ask: certificates of destruction, what is due, redacted exports."""
