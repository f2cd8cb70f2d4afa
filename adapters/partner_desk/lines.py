"""The lines of a card: first those that have an order and a wording, then every other leaf that was given.

Each function takes what it shows out of the leaves, so that nothing given stands twice or nowhere.
What was not given is simply not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from adapters.partner_desk.wording import joined, plain, visible, words

Leaves = dict[str, Any]
EXACT: Final = frozenset({"met_by", "supervised_by", "holder", "scheme", "partners", "reference", "court", "place"})
"""Leaves whose values are names in the hub's directory, or references: shown letter by letter."""


class Line(msgspec.Struct, frozen=True):
    """One line: what it is, and what it says."""

    label: str
    text: str


INITIALS = ("forename_initials", "middle_initials", "surname_initials")


def who(given: Mapping[str, Any]) -> str:
    """Return the person's name and birth as far as they were given."""
    subject = given.get("subject")
    facts = subject if isinstance(subject, Mapping) else {}
    surname = visible(str(facts.get("surname", ""))).upper()
    initial = str(facts.get("forename_initial", ""))
    rest = joined([visible(str(facts.get("forename", initial))), visible(str(facts.get("middle_names", "")))], " ")
    born = facts.get("date_of_birth") or facts.get("year_of_birth") or facts.get("born_in")
    initials = visible("".join(str(facts.get(name, "")) for name in INITIALS))
    name = joined([surname, rest]) or initials or "Somebody whose name was not given"
    return joined([name, f"born {plain(born)}" if born else ""], "; ")


def lines_of(given: Mapping[str, Any]) -> list[Line]:
    """Return the lines of a card, the most urgent to act on first."""
    rest: Leaves = msgspec.json.decode(msgspec.json.encode(given))
    return [*worded(rest), *_others(rest, ())]


def worded(rest: Leaves) -> list[Line]:
    """Take out of the leaves those that have an order and a wording, and return their lines."""
    return [Line(label, text) for label, take in _ORDER for text in take(rest) if text]


def _named(rest: Leaves) -> Iterator[str]:
    subject = _block(rest, "subject")
    born = ("date_of_birth", "year_of_birth", "born_in")
    for name in ("surname", "forename", "forename_initial", "middle_names", *INITIALS, *born):
        subject.pop(name, None)
    yield from ()


def _numbers(rest: Leaves) -> Iterator[str]:
    listed = _blocks(_block(rest, "subject"), "identifiers")
    yield joined(
        (
            f"{_number(str(each.get('kind', '')))} {plain(each.get('value', each.get('pseudonym', '')))}".strip()
            for each in listed
        ),
        "; ",
    )


def _number(kind: str) -> str:
    return kind.upper() if kind in {"pnc", "cro", "crn", "asn"} else words(kind)


def _aliases(rest: Leaves) -> Iterator[str]:
    for each in _blocks(_block(rest, "subject"), "aliases"):
        name = joined([plain(each.get("surname", "")).upper(), plain(each.get("forename", ""))])
        born = each.get("date_of_birth")
        yield joined([name, f"born {plain(born)}" if born else ""], "; ")


def _safety(rest: Leaves) -> Iterator[str]:
    for each in _block(rest, "health").pop("immediate_safety", []):
        yield plain(each).upper()


def _schemes(rest: Leaves) -> Iterator[str]:
    """Word each membership, and leave its contact for the line that says whom to call."""
    memberships = [each for each in rest.get("memberships", []) if isinstance(each, dict)]
    for each in memberships:
        code, name = each.pop("scheme", ""), each.pop("scheme_name", "")
        leads = each.pop("lead", None)
        since, ended = each.pop("adopted_on", None), each.pop("ended_on", None)
        strands = each.pop("strands", [])
        yield joined(
            [
                joined([plain(each.pop("kind", "")), plain(name or code)], " "),
                "leads" if leads and len(memberships) > 1 else "",
                f"since {plain(since)}" if since else "",
                f"ended {plain(ended)}" if ended else "",
                f"strands: {', '.join(words(plain(one)) for one in strands)}" if strands else "",
            ]
        )


def _scheme_contacts(rest: Leaves) -> Iterator[str]:
    for membership in rest.get("memberships", []):
        contact = _popped(membership, "contact")
        lead = joined([plain(contact.pop("name", "")), plain(contact.pop("telephone", ""))])
        deputy = joined([plain(contact.pop("deputy_name", "")), plain(contact.pop("deputy_telephone", ""))])
        if contact.pop("deputy_in_charge", False) and deputy:
            yield joined([f"{deputy} (deputy, in charge now)", lead and f"else {lead}"])
        else:
            yield joined([lead, deputy and f"or the deputy: {deputy}"])


def _contact(rest: Leaves) -> Iterator[str]:
    contact = _popped(rest, "contact")
    yield joined([plain(contact.get(part, "")) for part in ("name", "telephone", "team")])


def _held(rest: Leaves) -> Iterator[str]:
    """Word where: a place that somebody is not held at is one that awaits them."""
    custody = _block(rest, "custody")
    place = custody.pop("establishment_name", "")
    code, station = custody.pop("establishment", ""), custody.pop("station", "")
    inside = custody.pop("in_custody", None)
    named = plain(place or code or (f"police station {station}" if station else ""))
    if named:
        yield joined([{True: "in custody at", False: "expected at"}.get(inside, ""), named], " ")
    elif inside is not None:
        yield "in custody" if inside else "not in custody"


def _out(rest: Leaves) -> Iterator[str]:
    release = _block(rest, "release")
    date, before = release.pop("date", None), release.pop("previous_date", None)
    hour, place, area = release.pop("hour", ""), release.pop("place", ""), release.pop("area", "")
    yield joined(
        [
            plain(date) if date else "",
            f"it was {plain(before)}" if before else "",
            f"at {plain(hour)[:5]}" if hour else "",
            f"from {plain(place)}" if place else "",
            f"to area {plain(area)}" if area else "",
        ]
    )


def _address(rest: Leaves) -> Iterator[str]:
    address = _popped(_block(rest, "release"), "address")
    where = joined([plain(address.pop(part, "")) for part in ("lines", "postcode", "postcode_district")])
    standing = plain(address.pop("standing", ""))
    quiet = address.pop("not_to_be_told", None)
    yield joined([where or (standing and "address"), f"({standing})" if standing else ""], " ")
    if quiet:
        yield "DO NOT tell anybody at the address"


def _conditions(rest: Leaves) -> Iterator[str]:
    for each in _blocks(_block(rest, "licence"), "conditions"):
        yield plain(each.get("scheme_wording") or each.get("wording") or each.get("code", ""))


def _confirmations(rest: Leaves) -> Iterator[str]:
    for each in _blocks(rest, "marker_confirmations"):
        at, prompted = each.get("at"), each.get("prompted")
        told = "when asked" if prompted else "unasked"
        yield joined(
            [
                plain(each.get("holder", "")),
                plain(each.get("state", "")),
                plain(at) if at else "",
                told if prompted is not None else "",
            ]
        )


_ORDER: Final[tuple[tuple[str, Callable[[Leaves], Iterator[str]]], ...]] = (
    ("Name", _named),
    ("Safety now", _safety),
    ("Numbers", _numbers),
    ("Also known as", _aliases),
    ("On the scheme", _schemes),
    ("Call", _scheme_contacts),
    ("Call", _contact),
    ("Where", _held),
    ("Out", _out),
    ("Address", _address),
    ("Condition", _conditions),
    ("Marker", _confirmations),
)


def _others(value: object, path: tuple[str, ...]) -> Iterator[Line]:
    """Show every leaf that no line above has taken, under the words of its path."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _others(member, (*path, name))
    elif isinstance(value, list) and any(isinstance(member, dict) for member in value):
        for member in value:
            yield from _others(member, path)
    elif value not in (None, "", []):
        label = words(" ".join(path[-2:])) or "also"
        yield Line(label[:1].upper() + label[1:], plain(value) if path[-1:] and path[-1] in EXACT else _coded(value))


def _coded(value: object) -> str:
    text = plain(value)
    return words(text) if isinstance(value, str) and " " not in value and value.islower() else text


def _block(rest: Leaves, name: str) -> Leaves:
    """Return a block, to take leaves from."""
    found = rest.get(name)
    return found if isinstance(found, dict) else {}


def _popped(rest: object, name: str) -> Leaves:
    found = rest.pop(name, None) if isinstance(rest, dict) else None
    return found if isinstance(found, dict) else {}


def _blocks(rest: Leaves, name: str) -> list[Leaves]:
    """Take out a list of blocks."""
    found = rest.pop(name, None)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
