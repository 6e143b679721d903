"""Access lists of topics: who may write and read. Without an authorizer the broker has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ResourcePattern,
    ResourceType,
)
from kafka.errors import NoError, SecurityDisabledError

if TYPE_CHECKING:
    from collections.abc import Sequence

ANYWHERE = "*"
WRITE = (ACLOperation.WRITE, ACLOperation.DESCRIBE)
READ = (ACLOperation.READ, ACLOperation.DESCRIBE)


class NoAccessListsError(Exception):
    """The broker has no authorizer: every client may read and write every topic."""


def allow(client: Any, user: str, *, writes: Sequence[str], reads: Sequence[str]) -> None:
    """Let a user write these topics and read those, in a consumer group of its own name."""
    grants = [(ResourceType.TOPIC, topic, each) for topic in writes for each in WRITE]
    grants += [(ResourceType.TOPIC, topic, each) for topic in reads for each in READ]
    grants.append((ResourceType.GROUP, user, ACLOperation.READ))
    lists = [
        ACL(
            f"User:{user}",
            ANYWHERE,
            operation,
            ACLPermissionType.ALLOW,
            ResourcePattern(kind, name),
        )
        for kind, name, operation in grants
    ]
    done = client.create_acls(lists)
    _raise(done["failed"])


def disallow(client: Any, topics: Sequence[str]) -> int:
    """Take everybody's rights on these topics away; gives how many there were."""
    filters = [
        ACLFilter(
            None,
            None,
            ACLOperation.ANY,
            ACLPermissionType.ANY,
            ResourcePattern(ResourceType.TOPIC, topic),
        )
        for topic in topics
    ]
    done = client.delete_acls(filters)
    _raise([error for *_, error in done if error is not NoError])
    return sum(len(matching) for _, matching, _ in done)


def _raise(errors: Sequence[type[Exception]]) -> None:
    for error in errors:
        raise NoAccessListsError if error is SecurityDisabledError else error
