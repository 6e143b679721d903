"""What triage decides, without I/O."""
