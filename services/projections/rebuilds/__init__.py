"""A view made anew beside the one that is served, compared with it, put in its place, and back."""
