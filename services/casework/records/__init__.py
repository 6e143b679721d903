"""Requests for public records: received, extended once, answered."""
