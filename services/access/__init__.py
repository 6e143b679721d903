"""Access: reads as events, for every service that serves one.

A library with a schema and one relay of its own (ADR 5). Promises that a read is committed before
its answer, and once for each session. Gives `access.*` events on `blotter.access`.
"""
