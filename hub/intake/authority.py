"""Whom a publisher may name: its own recipients for its own words, and referrals only where they are its to make.

A relation opens copies to its holder, so a partner must not be able to declare itself into
somebody's life: what a referral opens is for the referrer to say, not for the one referred to.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.directory.model import Agency, Directory
from hub.errors import NotYours, Problem
from schemas.events.occurrence import Occurrence
from schemas.labels import AgencyKind as A

REFERRERS = frozenset({A.SCHEME, A.POLICE, A.PRISON, A.PROBATION, A.YOUTH_OFFENDING, A.COURT, A.HEALTH})
"""Who may refer a person to a partner."""
OWN_WORK = frozenset({"tenancy", "stay", "treatment"})
"""What a partner has with a person by itself, and may declare."""
ANSWERS = frozenset({"accepted", "refused", "closed"})
"""What the one referred to may say of a referral."""
OF_THE_COURT = frozenset({"report", "own-order"})
COURT_WORK = frozenset({A.COURT, A.PROBATION, A.YOUTH_OFFENDING})
OWN_SCHEME = frozenset({"ppo.adopted", "ppo.deselected"})


def check_named(kind: str, data: Occurrence, publisher: Agency, directory: Directory) -> None:
    """Check whom an event names.

    Raises:
        NotYours: another's word, a referral to oneself, another scheme's membership, or somebody unknown.
    """
    problems = [
        *_confirmations(data, publisher, directory),
        *_referrals(data, publisher, directory),
        *_memberships(kind, data, publisher, directory),
    ]
    if problems:
        raise NotYours(*problems)


def _confirmations(data: Occurrence, publisher: Agency, directory: Directory) -> Iterator[Problem]:
    for i, said in enumerate(data.marker_confirmations or ()):
        if _agency(said.holder, directory) != publisher.id:
            yield Problem(f"data.marker_confirmations[{i}].holder", "is no recipient of your agency")


def _referrals(data: Occurrence, publisher: Agency, directory: Directory) -> Iterator[Problem]:
    for i, referral in enumerate(data.referrals or ()):
        field, holder = f"data.referrals[{i}]", _agency(referral.holder, directory)
        if holder is None:
            yield Problem(f"{field}.holder", "is no recipient of the directory")
        elif referral.kind in OF_THE_COURT:
            if publisher.kind not in COURT_WORK:
                yield Problem(f"{field}.kind", "is for courts and probation to say")
        elif holder == publisher.id:
            if referral.kind not in OWN_WORK and referral.state not in ANSWERS:
                yield Problem(
                    f"{field}.state",
                    "is for the referrer to say: to a referral you can answer accepted, refused or closed",
                )
        elif publisher.kind not in REFERRERS:
            yield Problem(f"{field}.holder", "is no recipient of your agency")


def _memberships(kind: str, data: Occurrence, publisher: Agency, directory: Directory) -> Iterator[Problem]:
    if not kind.startswith("ppo."):
        return
    own = {s for r in directory.recipients.values() if r.agency == publisher.id for s in r.schemes}
    for i, membership in enumerate(data.memberships or ()):
        if membership.scheme not in directory.schemes:
            yield Problem(f"data.memberships[{i}].scheme", "is no scheme of the directory")
        elif publisher.kind is A.SCHEME and kind in OWN_SCHEME and membership.scheme not in own:
            yield Problem(f"data.memberships[{i}].scheme", "is not your scheme")


def _agency(recipient: str, directory: Directory) -> str | None:
    found = directory.recipients.get(recipient)
    return found.agency if found else None
