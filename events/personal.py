"""Values about a person: open while a decision is made, sealed before they leave the process.

A sealed value is base64 of `nonce || AES-256-GCM ciphertext`, under the key of its data subject,
with `event id/field` as associated data, so that it cannot be moved to another event. Sealing
itself needs keys and randomness and therefore lives in `services/runtime/keyring.py`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Generic, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, model_serializer, model_validator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.envelope import Event

Value = TypeVar("Value")


class Personal(BaseModel, Generic[Value]):
    """A value under the key of `subject`; exactly one of `value` (open) and `sealed` is set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    value: Value | None = None
    sealed: str | None = None

    @model_validator(mode="after")
    def _open_or_sealed(self) -> Self:
        if (self.value is None) == (self.sealed is None):
            msg = "a personal value is either open or sealed"
            raise ValueError(msg)
        return self

    @model_serializer
    def _sealed_only(self) -> dict[str, str]:
        if self.sealed is None:
            msg = "a personal value must be sealed before it is written"
            raise ValueError(msg)
        return {"subject": self.subject, "sealed": self.sealed}


def personal_fields(event: Event) -> Iterator[tuple[str, Personal[object]]]:
    """The personal fields of an event with their names. They stand at the top level only."""
    for name in _personal_names(type(event)):
        value = getattr(event, name)
        if isinstance(value, Personal):
            yield name, value


@cache
def _personal_names(event: type[Event]) -> tuple[str, ...]:
    fields = event.model_fields.items()
    return tuple(name for name, field in fields if _may_be_personal(field.annotation))


def _may_be_personal(annotation: object) -> bool:
    if isinstance(annotation, type):
        return issubclass(annotation, Personal)
    return any(_may_be_personal(each) for each in get_args(annotation))
