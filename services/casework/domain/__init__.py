"""The call for service as a decider: what may be done with it, and what each step makes of it."""
