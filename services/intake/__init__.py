"""Intake: receives reports from every channel.

Input: the web form, the API and partners' Kafka topics. An acknowledged report is committed, and
every answer states the emergency before any other check. Output: `intake.*` events on
`blotter.reports`, pending hand-offs, replies and dead letters.
"""
