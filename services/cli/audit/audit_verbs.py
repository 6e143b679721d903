"""Every verb of `blotter audit`: importing a verb's module registers it."""

from services.cli.audit import (
    audit_app,
    checkpoint,
    diff,
    export,
    history,
    prove,
    report,
    sample,
    show,
    tiles,
    verify,
    watch,
    who_read,
)

__all__ = [
    "audit_app",
    "checkpoint",
    "diff",
    "export",
    "history",
    "prove",
    "report",
    "sample",
    "show",
    "tiles",
    "verify",
    "watch",
    "who_read",
]
