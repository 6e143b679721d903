"""The decisions of triage, without I/O."""
