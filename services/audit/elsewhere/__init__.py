"""Auditing an installation elsewhere: a log asked over HTTP, and what a watcher remembers of it."""
