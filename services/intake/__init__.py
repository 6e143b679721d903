"""Intake: every way in.

Takes reports from the web form, the API and partners' Kafka topics. Promises that an acknowledged
report is committed and that an emergency is said to be one before anything else is checked. Gives
`intake.*` events on `blotter.reports`, pending hand-offs, replies and dead letters.
"""
