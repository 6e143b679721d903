"""Personal data on the command line: erase, seal, hold, search, retention, records, keys.

Whatever changes something or shows something goes through HTTP with the token of whoever does it
(`BLOTTER_TOKEN`): two persons are two tokens, and the machine's owner is neither.
"""
