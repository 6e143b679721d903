"""Hazards: is it an emergency? Pure rules, used by intake at once and by triage on every fact."""
