"""Breach notices: the message has only an address, so what was breached is looked up by the notice."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET

from adapters.national.look_ups import answer_as
from adapters.national.message import DomainEvent, NotUnderstood
from adapters.national.subject import subject_of
from adapters.national.verdict import Context, Say, Verdict
from schemas.events.recall_and_breach import AboutBreach
from schemas.record.enforcement import Breach


class BreachNotice(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the look-up of breach notices."""

    of_what: Literal[
        "community-order", "suspended-sentence-order", "licence", "post-sentence-supervision", "bail", "youth-order"
    ]
    became_aware_on: dt.date | None = None


def key_of(event: DomainEvent) -> str:
    """Return the notice's own id: given, or the end of ``detailUrl``, whose address itself is never asked.

    Raises:
        NotUnderstood: the message has neither.
    """
    if given := event.text("breachNoticeId"):
        return given
    try:
        end = urlsplit(event.text("detailUrl") or "").path.rstrip("/").rsplit("/", 1)[-1]
    except ValueError:
        end = ""
    if not end:
        raise NotUnderstood("detailUrl", "missing or not an address")
    return end


def created(event: DomainEvent, context: Context) -> Verdict:
    """A notice was written: a breach is alleged."""
    return _said(event, context, "alleged")


def deleted(event: DomainEvent, context: Context) -> Verdict:
    """A notice was deleted: what it alleged is withdrawn."""
    return _said(event, context, "withdrawn")


def _said(event: DomainEvent, context: Context, stage: Literal["alleged", "withdrawn"]) -> Verdict:
    answer = answer_as(BreachNotice, context.answer, "breach-notices")
    aware = UNSET if answer.became_aware_on is None else answer.became_aware_on
    breach = Breach(stage=stage, of_what=answer.of_what, became_aware_on=aware)
    return Say(f"breach.{stage}", event.moment(), AboutBreach(subject=subject_of(event), breach=breach))
