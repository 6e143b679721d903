"""The call for service as a decider: its state, commands and rules."""
