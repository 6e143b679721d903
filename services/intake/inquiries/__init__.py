"""Inquiries: published answers, questions that wait for one, and the staff who write them."""
