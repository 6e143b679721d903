"""The call-taker desk: reports by telephone or at the counter."""
