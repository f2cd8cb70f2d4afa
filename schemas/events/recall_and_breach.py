"""Recall and breach: from the request to the return, from the allegation to the outcome."""

from __future__ import annotations

from schemas.events.occurrence import Occurrence
from schemas.record.enforcement import Breach, OrderProgress, Recall


class AboutRecall(Occurrence, frozen=True, kw_only=True):
    """A fact about a recall."""

    recall: Recall


class RecallRequested(AboutRecall, frozen=True, kw_only=True):
    """An offender manager asked for a recall."""


class RecallDecided(AboutRecall, frozen=True, kw_only=True):
    """The public protection unit authorised or refused the recall."""


class UnlawfullyAtLarge(AboutRecall, frozen=True, kw_only=True):
    """Somebody is wanted: recalled or absconded, and not in custody."""


class RecallReturned(AboutRecall, frozen=True, kw_only=True):
    """Somebody recalled is back in custody."""


class RecallRescinded(AboutRecall, frozen=True, kw_only=True):
    """The recall was taken back."""


class AboutBreach(Occurrence, frozen=True, kw_only=True):
    """A fact about a breach; its stage says which."""

    breach: Breach


class ProgressReported(Occurrence, frozen=True, kw_only=True):
    """How the person is doing under a court's own order, for that court."""

    order_progress: OrderProgress
