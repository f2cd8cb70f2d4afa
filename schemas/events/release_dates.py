"""Release: dates, conditions, addresses, and the day itself."""

from __future__ import annotations

from schemas.events.occurrence import Occurrence
from schemas.record.case import Case, Licence
from schemas.record.custody import Custody, Release


class AboutRelease(Occurrence, frozen=True, kw_only=True):
    """A fact about a release."""

    release: Release


class DateSet(AboutRelease, frozen=True, kw_only=True):
    """A release date was set."""


class DateChanged(AboutRelease, frozen=True, kw_only=True):
    """A release date was changed; both dates, and the reason."""


class LicenceConditionsSet(Occurrence, frozen=True, kw_only=True):
    """Licence conditions were set or varied."""

    licence: Licence


class AddressChanged(AboutRelease, frozen=True, kw_only=True):
    """The address on release was proposed, confirmed, changed, or became unknown."""


class GateMeetingArranged(AboutRelease, frozen=True, kw_only=True):
    """Somebody is to meet the person at the gate."""


class SupervisionBegan(Occurrence, frozen=True, kw_only=True):
    """Supervision began: licence, order, or post-sentence."""

    cases: list[Case]


class SupervisionEnded(Occurrence, frozen=True, kw_only=True):
    """One case's supervision ended; others may go on."""

    cases: list[Case]


class TemporarilyReleased(AboutRelease, frozen=True, kw_only=True):
    """Somebody is out on temporary release and expected back."""


class Released(Occurrence, frozen=True, kw_only=True):
    """Somebody was released; hour and place where known."""

    custody: Custody


class Cancelled(Occurrence, frozen=True, kw_only=True):
    """A release that was planned will not happen."""


class Notice(AboutRelease, frozen=True, kw_only=True):
    """Somebody on a scheme will come out: given 28 days before, or at once when the date is fixed later than that."""
