"""The connector: a partner's export of calls for service, checked and sent as partner events."""
