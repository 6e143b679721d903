"""The call-taker desk: reports taken by telephone or at the counter."""
