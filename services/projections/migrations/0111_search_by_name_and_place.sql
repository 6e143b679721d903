-- The index of keyed hashes now holds names and places as well: it is read from the ledger once more.
update search_index set position = 0;
