"""Following a report: what its reporting party may do, and what a guesser learns."""
