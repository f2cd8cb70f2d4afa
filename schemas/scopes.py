"""What a system may be permitted to do: the scopes of its tokens."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One permission, as it stands in the directory and in a token's scope."""

    PUBLISH = "events:publish"
    RECEIVE = "copies:receive"
    LOOK_UP = "people:look-up"
    DISCLOSURES = "disclosures:read"
    SETTLE = "held:settle"
    OPERATE = "hub:operate"
    LEDGER = "ledger:read"
    AUDIT = "ledger:audit"
