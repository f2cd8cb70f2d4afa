"""A card: one copy as its desk shows it, as lines for a person or one line of JSON for a program."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Final

import msgspec

from adapters.partner_desk.headings import heading_of
from adapters.partner_desk.lines import Line, lines_of, who
from adapters.partner_desk.wording import moment, visible
from adapters.sdk.copies import Copy
from schemas.catalogue import CATALOGUE

WIDTH: Final = 100
LABEL: Final = 24


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the screen."""

    delivery: str
    type: str
    heading: str
    urgent: bool
    time: str
    who: str
    lines: list[Line]
    handle: list[str]
    """What the holder must and must not do with it."""


def card_of(copy: Copy, headings: Mapping[str, str]) -> Card:
    """Return the card of a copy, under the desk's own headings where it has some."""
    known = CATALOGUE.get(copy.type)
    return Card(
        delivery=copy.delivery,
        type=copy.type,
        heading=("CORRECTED: " if copy.replaces and not copy.withdrawn else "") + heading_of(copy.type, headings),
        urgent=known is not None and known.lane == "urgent",
        time=moment(copy.time),
        who=who(copy.given),
        lines=lines_of(copy.given),
        handle=[visible(each) for each in copy.handling.obligations.values()] if copy.handling else [],
    )


def text_of(card: Card, name: str = "") -> str:
    """Return a card as lines, the last of them blank."""
    title = " | ".join(part for part in (name, card.heading, card.time) if part)
    rows = [f"{'!!' if card.urgent else '--'} {title}", f"   {card.who}"]
    rows += [_row(line.label, line.text) for line in card.lines]
    rows += [_row("Handle with care", text) for text in card.handle]
    return "\n".join([*rows, ""])


def json_of(card: Card, copy: Copy) -> str:
    """Return a card with the leaves that it was made from, as one line of JSON."""
    whole = {**msgspec.to_builtins(card), "given": copy.given, "handling": copy.handling}
    return msgspec.json.encode(whole).decode()


def _row(label: str, text: str) -> str:
    margin = " " * (LABEL + 3)
    wrapped = textwrap.wrap(text, WIDTH - len(margin), subsequent_indent=margin, break_on_hyphens=False) or [""]
    return f"   {label:<{LABEL - 1}} " + "\n".join(wrapped)
