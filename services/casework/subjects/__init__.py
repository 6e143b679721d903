"""Personal data of reports: erased by two persons, sealed, unsealed, kept by a legal hold."""
