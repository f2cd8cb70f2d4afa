"""Why a key, a client assertion or an access token was refused.

The rules are closed lists of fixed phrases, so that none can carry any part of what was refused
and each can serve as a metric's label.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from hub.errors import Misconfigured, Problem, Unauthenticated


class Rule(StrEnum):
    """The rule that an assertion or a token broke; it completes "the token ..."."""

    TOO_LARGE = "is larger than 8 KiB"
    MALFORMED = "is not a signed JSON Web Token in compact form"
    CRITICAL = "has a critical header that is not understood"
    TYPE = "is a JSON Web Token of another type"
    KEY = "names no key that is known for its issuer"
    ALGORITHM = "is not signed with the algorithm of its key"
    SIGNATURE = "has a signature that does not verify"
    CLAIMS = "has a claim that is missing or of the wrong form"
    ISSUER = "was issued by somebody else"
    SUBJECT = "has an issuer that is not its subject"
    AUDIENCE = "is meant for another audience"
    EXPIRY = "has no expiry"
    EXPIRED = "has expired"
    TOO_LONG = "is valid for more than five minutes"
    NOT_YET = "is not valid yet"
    FUTURE = "was issued in the future"
    OTHER = "is of another recipient, or of other copies than it is sent with"
    BYTES = "is of other bytes than the hub sent"
    UNSIGNED = "is not signed, and the directory asks this system to sign"
    IDENTIFIER = "has no identifier of 1 to 128 visible ASCII characters"


class KeyRule(StrEnum):
    """The rule that a key or its file broke; it completes "the key ..."."""

    NONE = "is missing: the directory holds none"
    NAME = "is in a file that is not named by six digits and .pem"
    READABLE = "can be read or changed by other users"
    OWNER = "belongs to another user"
    FORMAT = "is not an unencrypted private key in PEM"
    KIND = "is not an RSA key"
    SIZE = "is not an RSA key of 2048 to 8192 bits with exponent 65537"
    MATERIAL = "has numbers that are no public key of its type"
    PUBLIC = "is not a public RSA, P-256 or Ed25519 signature key with known members only"
    UNKNOWN = "is not in the directory"
    LAST = "is the only one: add another before this is dropped"


class CredentialRefused(Unauthenticated):
    """A credential was refused."""

    credential: ClassVar[str] = "credential"

    def __init__(self, rule: Rule) -> None:
        """Keep the rule that was broken, and nothing of what broke it."""
        self.rule = rule
        super().__init__(Problem(self.credential, rule.value))


class AssertionRefused(CredentialRefused):
    """The client assertion was refused."""

    credential = "client_assertion"


class TokenRefused(CredentialRefused):
    """The access token was refused."""

    credential = "access_token"


class StatementRefused(CredentialRefused):
    """The signed statement was refused."""

    credential = "statement"
    remedy = "Sign the statement that the command prints, with the key that the directory has of you."


class ReceiptRefused(CredentialRefused):
    """The receipt was refused."""

    status = 422
    credential = "receipt"
    remedy = "Keep the copies as they came, and sign their digests with a key that the directory has of your system."


class KeyRefused(Misconfigured, ValueError):
    """A key was refused."""

    # A ValueError too: raised while a structure is decoded, it becomes the decoder's own error
    # with the path of the key in the document.

    remedy = "Make a new key, or mend the file's owner and mode (0600)."

    def __init__(self, rule: KeyRule) -> None:
        """Keep the rule that was broken, and nothing of the key."""
        self.rule = rule
        super().__init__(Problem("key", rule.value))
