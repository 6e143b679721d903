"""Every verb of `blotter partner`: importing a verb's module registers it."""

from services.cli.partner import check, partner_app, partners, tokens

__all__ = ["check", "partner_app", "partners", "tokens"]
