"""Under which regime an agency processes: law enforcement, where it is a competent authority, or the UK GDPR."""

from __future__ import annotations

from hub.directory.model import Directory
from schemas.labels import AgencyKind

COMPETENT = frozenset(
    {
        AgencyKind.SCHEME,
        AgencyKind.POLICE,
        AgencyKind.PRISON,
        AgencyKind.PROBATION,
        AgencyKind.MINISTRY,
        AgencyKind.YOUTH_OFFENDING,
        AgencyKind.PROSECUTION,
        AgencyKind.COURT,
    }
)
"""The kinds of agency that are competent authorities (Data Protection Act 2018, section 30 and Schedule 7)."""


def regime_of(directory: Directory, agency: str) -> str:
    """Return the regime under which an agency of the directory processes; nothing of the hub's own operators."""
    found = directory.agencies.get(agency)
    if found is None:
        return ""
    return "law-enforcement" if found.kind in COMPETENT else "general"
