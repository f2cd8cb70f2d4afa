"""PPO adoption: from nomination to de-selection, and who holds the marker."""

from __future__ import annotations

from schemas.events.occurrence import AboutMembership, Occurrence
from schemas.record.scheme import MarkerConfirmation, Score


class Nominated(AboutMembership, frozen=True, kw_only=True):
    """Somebody was put forward for a scheme."""


class Adopted(AboutMembership, frozen=True, kw_only=True):
    """The joint group took somebody on; the membership says the scheme, kind and strands."""


class StrandsChanged(AboutMembership, frozen=True, kw_only=True):
    """The strands of a membership changed; both may run at once."""


class Scored(Occurrence, frozen=True, kw_only=True):
    """The matrix was scored, or scored again."""

    score: Score


class PersonTold(AboutMembership, frozen=True, kw_only=True):
    """The person was told of their status."""


class LeadWorkerChanged(AboutMembership, frozen=True, kw_only=True):
    """The lead worker was assigned, changed, or is absent with a deputy named."""


class MarkerConfirmed(Occurrence, frozen=True, kw_only=True):
    """A holder set, confirmed or removed the marker on its own system."""

    marker_confirmations: list[MarkerConfirmation]


class Reviewed(AboutMembership, frozen=True, kw_only=True):
    """The status was reviewed."""


class MembershipMoved(AboutMembership, frozen=True, kw_only=True):
    """A membership moved to, or is shared with, another scheme; all memberships are listed, one leads."""


class Deselected(AboutMembership, frozen=True, kw_only=True):
    """A membership ended, with its reason."""


class HandedOver(AboutMembership, frozen=True, kw_only=True):
    """The person was handed over to treatment, or to probation at eighteen."""


class Alert(AboutMembership, frozen=True, kw_only=True):
    """Somebody on a scheme is, or will be, in the recipient's hands."""


class RemoveMarker(Occurrence, frozen=True, kw_only=True):
    """The person is no longer on a scheme: the holder is asked to remove the marker and confirm."""
