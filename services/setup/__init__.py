"""What an installation needs before its services start: schemas, logins, privileges, topics."""
