"""The console's pages: the live board, a call's timeline, signing in."""
