"""The ledger: every event once, in causal order, with proofs that it only grew.

Takes all our topics. Promises one gapless order of the stored bytes, a Merkle tree over it, signed
checkpoints, and ways to verify and export what is stored. Knows no view and no business word.
"""
