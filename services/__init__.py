"""Blotter's services (intake, triage, casework, projections) and the libraries they stand on."""
