"""Events of telephone systems: calls open drafts at the desk and give the expected wait."""
