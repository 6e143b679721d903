"""What auditors ask of history: is the live state what the ledger says, and what is the story?"""
