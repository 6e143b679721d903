"""The cosigner: a small process that another office runs, with its own key and its own memory.

Takes checkpoints of logs whose keys it was given out of band (C2SP tlog-witness, add-checkpoint).
Promises to cosign one history of each log and never a second one, killed at any moment.
Gives a cosignature, or says from which size on it was shown something else.
"""
