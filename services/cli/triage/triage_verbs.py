"""Every verb of `blotter triage`: importing a verb's module registers it."""

from services.cli.triage import (
    activation,
    build,
    bundles,
    evaluate,
    shadow,
    train,
    triage_app,
)

__all__ = ["activation", "build", "bundles", "evaluate", "shadow", "train", "triage_app"]
