"""Personal values on pages and in the API: masked, until somebody reveals them for a reason."""
