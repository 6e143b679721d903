"""Kafka behind `await`: the only package that imports `kafka`.

kafka-python is synchronous; each client lives on one thread of its own. Settings: kafka.md.
"""

from services.runtime.kafka.access_lists import NoAccessListsError
from services.runtime.kafka.admin import Admin
from services.runtime.kafka.producer import Producer
from services.runtime.kafka.reader import Reader
from services.runtime.kafka.records import (
    NUMBER,
    KafkaTroubleError,
    OffsetLostError,
    Outgoing,
    Place,
    Record,
    parse_number,
)

__all__ = [
    "NUMBER",
    "Admin",
    "KafkaTroubleError",
    "NoAccessListsError",
    "OffsetLostError",
    "Outgoing",
    "Place",
    "Producer",
    "Reader",
    "Record",
    "parse_number",
]
