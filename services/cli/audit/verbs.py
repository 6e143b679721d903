"""Every verb of `blotter audit`: importing a verb's module registers it."""

from services.cli.audit import audit_app, checkpoint, prove, tiles, watch, who_read

__all__ = ["audit_app", "checkpoint", "prove", "tiles", "watch", "who_read"]
