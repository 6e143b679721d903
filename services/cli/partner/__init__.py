"""`blotter partner`: who may send events, by which token, and whether a file of them is right."""
