"""The decisions of intake, without I/O."""
