"""Finding reports by a telephone number, an e-mail address or a plate, on keyed hashes only."""
