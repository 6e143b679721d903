"""The public site: choose a type, answer what it needs, keep the number. No JavaScript."""
