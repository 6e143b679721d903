"""The call-taker desk: what somebody says by telephone or at the counter, taken down for them."""
