"""Personal data of reports: erased by two persons, sealed, unsealed, protected by legal holds."""
