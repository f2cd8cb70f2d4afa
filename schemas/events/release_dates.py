"""Release: dates, conditions, addresses, and the day itself."""

from __future__ import annotations

from schemas.events.occurrence import Occurrence
from schemas.record.case import Case, Licence
from schemas.record.custody import Custody, Release


class AboutRelease(Occurrence, kw_only=True):
    """A fact about a release."""

    release: Release


class DateSet(AboutRelease, kw_only=True):
    """A release date was set."""


class DateChanged(AboutRelease, kw_only=True):
    """A release date was changed; both dates, and the reason."""


class LicenceConditionsSet(Occurrence, kw_only=True):
    """Licence conditions were set or varied."""

    licence: Licence


class AddressChanged(AboutRelease, kw_only=True):
    """The address on release was proposed, confirmed, changed, or became unknown."""


class GateMeetingArranged(AboutRelease, kw_only=True):
    """Somebody is to meet the person at the gate."""


class SupervisionBegan(Occurrence, kw_only=True):
    """Supervision began: licence, order, or post-sentence."""

    cases: list[Case]


class SupervisionEnded(Occurrence, kw_only=True):
    """One case's supervision ended; others may go on."""

    cases: list[Case]


class TemporarilyReleased(AboutRelease, kw_only=True):
    """Somebody is out on temporary release and expected back."""


class Released(Occurrence, kw_only=True):
    """Somebody was released; hour and place where known."""

    custody: Custody


class Cancelled(Occurrence, kw_only=True):
    """A release that was planned will not happen."""


class Notice(AboutRelease, kw_only=True):
    """Somebody on a scheme will come out: given 28 days before, or at once when the date is fixed later than that."""
