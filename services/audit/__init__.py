"""Audit: questions about history, answered from stored events and never from a view alone.

Takes numbers and moments. Gives records as they were known, differences between the live rows and a
replay, narratives, samples, exports, who read what, and what a public-records request receives.
"""
