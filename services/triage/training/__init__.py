"""Training and evaluation of triage, offline; only this package needs the extra `train`."""
