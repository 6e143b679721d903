"""The content of a conversation: its answers and the last question; stored sealed."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

MOST_BYTES = 20_000
"""UTF-8 bytes of all answers; sealed in an event they stay below the event's limit."""


class Dialogue(BaseModel):
    """The answers, under the field names of the site's form, and the last question."""

    model_config = ConfigDict(extra="forbid")

    address: str = ""
    language: str
    number: str
    pin: str | None = None
    """None: the conversation continues one by number and PIN, and the address is not known."""
    type: str
    form: dict[str, str] = {}
    asked: str | None = None
    repeats: int = 0
    answered: set[str] = set()
    """Questions that need not be asked again, answered or skipped."""
    doubts: set[str] = set()
    """Rules whose doubt has been asked about."""
    anonymous: bool = False
    attachments: int = 0
    cut: bool = False
    replies: int = 0

    @property
    def room(self) -> int:
        """Bytes that can still be written."""
        return MOST_BYTES - sum(len(value.encode()) for value in self.form.values())

    def write(self, field: str, text: str) -> None:
        """Append text to a field, cut to the room that is left."""
        before = self.form.get(field, "")
        added = f"{before}\n{text}" if before else text
        fits = self.room + len(before.encode())
        kept = added.encode()[: max(0, fits)].decode("utf-8", "ignore")
        self.cut = self.cut or len(kept) < len(added)
        if kept:
            self.form[field] = kept
