"""The words by which agencies and hub meet at a broker: names of exchanges and queues, keys and headers."""

from __future__ import annotations

from schemas.catalogue import Lane

AUDIENCE = "rabbitmq"
"""What a token's audience and scopes call the broker."""
LANES: tuple[Lane, ...] = ("urgent", "routine")
INTAKE = "intake."
"""How the exchange of an agency begins; its id follows."""
RECEIPT = "receipt"
"""The routing key of a receipt; that of an event is its type."""
PARTITION = "partition"
"""The header whose value keeps one person's events in order: the same for the same person, and no more than that."""


def intake_exchange(agency: str) -> str:
    """Return the exchange to which an agency publishes, and nobody else."""
    return INTAKE + agency


def queue_of(door: str, lane: str) -> str:
    """Return one lane's queue of a recipient, by the random name of its door."""
    return f"{door}.{lane}"
