"""What was said in a conversation so far; between two messages it lies sealed."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

MOST_BYTES = 20_000
"""Of everything that was said, in UTF-8; sealed in an event it stays below the event's limit."""


class Dialogue(BaseModel):
    """The answers, under the names of the site's form, and what was asked last."""

    model_config = ConfigDict(extra="forbid")

    address: str = ""
    language: str
    number: str
    pin: str | None = None
    """None: the conversation was taken up with a number and PIN that we do not know."""
    type: str
    form: dict[str, str] = {}
    asked: str | None = None
    repeats: int = 0
    answered: set[str] = set()
    """Questions that are settled, whether answered or skipped."""
    doubts: set[str] = set()
    """Rules whose doubt was asked about."""
    anonymous: bool = False
    attachments: int = 0
    cut: bool = False
    replies: int = 0

    @property
    def room(self) -> int:
        """The bytes that may still be said."""
        return MOST_BYTES - sum(len(value.encode()) for value in self.form.values())

    def write(self, field: str, text: str) -> None:
        """Add words to a field, as far as there is room."""
        before = self.form.get(field, "")
        added = f"{before}\n{text}" if before else text
        fits = self.room + len(before.encode())
        kept = added.encode()[: max(0, fits)].decode("utf-8", "ignore")
        self.cut = self.cut or len(kept) < len(added)
        if kept:
            self.form[field] = kept
