"""Whom a publisher may name: its own recipients for its own words, and referrals only where they are its to make.

A relation opens copies to its holder, so a partner must not be able to declare itself into
somebody's life: what a referral opens is for the referrer to say, not for the one referred to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from hub.directory.model import Agency, Directory
from hub.errors import NotYours, Problem
from schemas.events.occurrence import Occurrence
from schemas.labels import AgencyKind as A
from schemas.labels import Role as R
from schemas.record.need import Referral

Said = TypeVar("Said", bound=Occurrence)

REFERRERS = frozenset({A.SCHEME, A.POLICE, A.PRISON, A.PROBATION, A.YOUTH_OFFENDING, A.COURT, A.HEALTH})
"""Who may refer a person to a partner."""
_HOUSING = frozenset({R.COUNCIL_HOUSING, R.HOUSING_ASSOCIATION, R.HOSTEL})
OWN_WORK: Mapping[str, frozenset[R]] = {
    "tenancy": _HOUSING,
    "stay": _HOUSING | {R.APPROVED_PREMISES, R.SCHOOL},
    "treatment": frozenset({R.DRUG_TREATMENT, R.LIAISON_AND_DIVERSION, R.MENTAL_HEALTH, R.GP, R.PRISON_HEALTHCARE}),
}
"""What a partner has with a person by itself, and as what it may declare it: a charity has a referral or nothing."""
ANSWERS = frozenset({"accepted", "refused", "closed"})
"""What the one referred to may say of a referral."""
OF_THE_COURT = frozenset({"report", "own-order"})
COURT_WORK = frozenset({A.COURT, A.PROBATION, A.YOUTH_OFFENDING})
OF_OTHER_SCHEMES_TOO = frozenset({"ppo.membership-moved"})
"""What a scheme says of memberships of other schemes as well as of its own."""
ON_SCHEMES = frozenset({A.SCHEME, A.POLICE, A.PROBATION, A.PRISON, A.YOUTH_OFFENDING, A.MINISTRY})
"""Who may write of memberships at all: what stands there is read as a scheme's word, with whom to call."""
ALLOCATES = frozenset({A.PROBATION, A.YOUTH_OFFENDING, A.MINISTRY})
"""Who says which recipient holds a case: whoever holds one is told everything, so nobody else hands them out."""
ARRANGES = frozenset({A.PRISON, A.PROBATION, A.YOUTH_OFFENDING, A.SCHEME, A.POLICE})
"""Who may say of others that they meet the person at the gate."""
OF_RECORD = frozenset({"court", "police", "prosecution"})
KEEPS_RECORDS = ARRANGES | {A.COURT, A.PROSECUTION, A.MINISTRY}
"""Who may pass on details as a court's, police or prosecution record: those are overwritten by nothing weaker."""


HEARSAY = frozenset({A.VOLUNTARY, A.PROVIDER})
"""Whose details of a person count as what the person says of themselves."""


def as_known(data: Said, publisher: Agency) -> Said:
    """Return the event with its subject's details marked as self-report, where its publisher keeps no record of them.

    So that a partner's date of birth opens nothing that a young person's would not.
    """
    if publisher.kind not in HEARSAY:
        return data
    return replace(data, subject=replace(data.subject, details_source="self-report"))


def check_named(kind: str, data: Occurrence, publisher: Agency, directory: Directory) -> None:
    """Check whom an event names.

    Raises:
        NotYours: another's word, a referral to oneself, another scheme's membership, or somebody unknown.
    """
    problems = [
        *_confirmations(data, publisher, directory),
        *_referrals(data, publisher, directory),
        *_memberships(kind, data, publisher, directory),
        *_holders(data, publisher),
        *_meeter(data, publisher, directory),
        *_source(data, publisher),
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
            if not _own_work(referral, directory) and referral.state not in ANSWERS:
                yield Problem(
                    f"{field}.state",
                    "is for the referrer to say: to a referral you can answer accepted, refused or closed",
                )
        elif publisher.kind not in REFERRERS:
            yield Problem(f"{field}.holder", "is no recipient of your agency")


def _own_work(referral: Referral, directory: Directory) -> bool:
    return directory.recipients[referral.holder].role in OWN_WORK.get(referral.kind, ())


def _memberships(kind: str, data: Occurrence, publisher: Agency, directory: Directory) -> Iterator[Problem]:
    if data.memberships is not UNSET and publisher.kind not in ON_SCHEMES:
        yield Problem("data.memberships", "is not for your agency to say")
    if not kind.startswith("ppo."):
        return
    own = directory.schemes_of.get(publisher.id, frozenset())
    for i, membership in enumerate(data.memberships or ()):
        if membership.scheme not in directory.schemes:
            yield Problem(f"data.memberships[{i}].scheme", "is no scheme of the directory")
        elif publisher.kind is A.SCHEME and kind not in OF_OTHER_SCHEMES_TOO and membership.scheme not in own:
            yield Problem(f"data.memberships[{i}].scheme", "is not your scheme")


def _holders(data: Occurrence, publisher: Agency) -> Iterator[Problem]:
    for i, case in enumerate(data.cases or ()):
        if case.supervised_by is not UNSET and publisher.kind not in ALLOCATES:
            yield Problem(f"data.cases[{i}].supervised_by", "is for those to say who allocate cases")


def _meeter(data: Occurrence, publisher: Agency, directory: Directory) -> Iterator[Problem]:
    met_by = UNSET if data.release is UNSET else data.release.met_by
    if met_by is not UNSET and publisher.kind not in ARRANGES and _agency(met_by, directory) != publisher.id:
        yield Problem("data.release.met_by", "is no recipient of your agency")


def _source(data: Occurrence, publisher: Agency) -> Iterator[Problem]:
    if data.subject.details_source in OF_RECORD and publisher.kind not in KEEPS_RECORDS:
        yield Problem("data.subject.details_source", "is not a record that your agency keeps")


def _agency(recipient: str, directory: Directory) -> str | None:
    found = directory.recipients.get(recipient)
    return found.agency if found else None
