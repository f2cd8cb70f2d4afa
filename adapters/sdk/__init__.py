"""What an agency's developer imports to publish to the hub and to receive from it."""

from adapters.sdk.client import Client, connect
from adapters.sdk.copies import Copy
from adapters.sdk.credentials import AgencyKey
from adapters.sdk.publisher import Publisher
from adapters.sdk.running import run
from adapters.sdk.subscriber import Subscriber
from schemas.envelope import envelope_of

__all__ = ["AgencyKey", "Client", "Copy", "Publisher", "Subscriber", "connect", "envelope_of", "run"]
