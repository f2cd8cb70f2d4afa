"""Custody: detained, expected, received, moved, and the ways of leaving that are not a release."""

from __future__ import annotations

from schemas.events.occurrence import Occurrence
from schemas.record.custody import Custody


class AboutCustody(Occurrence, frozen=True, kw_only=True):
    """A fact about where somebody is held."""

    custody: Custody


class Detained(AboutCustody, frozen=True, kw_only=True):
    """The police arrested somebody; the custody block names the station."""


class Expected(AboutCustody, frozen=True, kw_only=True):
    """A prison is to receive somebody: committed by a court, or arrested on recall."""


class Received(AboutCustody, frozen=True, kw_only=True):
    """A prison received somebody: remand, sentence or recall."""


class Transferred(AboutCustody, frozen=True, kw_only=True):
    """A prison received somebody from another prison."""


class Returned(AboutCustody, frozen=True, kw_only=True):
    """Somebody came back to the prison that holds them, from court or a temporary absence."""


class Discharged(AboutCustody, frozen=True, kw_only=True):
    """Somebody left for court and did not return."""


class Assessed(AboutCustody, frozen=True, kw_only=True):
    """Needs were assessed after arrival."""


class PlanMade(AboutCustody, frozen=True, kw_only=True):
    """A sentence plan was made."""


class Died(AboutCustody, frozen=True, kw_only=True):
    """Somebody died in custody."""


class ToHospital(AboutCustody, frozen=True, kw_only=True):
    """Somebody was moved to hospital and is still in custody in law."""


class Deported(AboutCustody, frozen=True, kw_only=True):
    """Somebody was removed from the country out of custody."""
