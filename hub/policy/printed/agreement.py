"""One agreement as a document to sign, with what the Information Commissioner's data sharing code asks it to say.

Source: Data sharing code of practice, made under section 121 of the Data Protection Act 2018.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from hub.policy import plain
from hub.policy.model import Agreement, Regime, Rule
from hub.policy.printed import annexes
from hub.policy.printed.pages import page


class PrintedRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, with everything spelled out that it cites."""

    id: str
    sentence: str
    because: str
    purpose: str = ""
    gateway: str = ""
    obligations: tuple[str, ...] = ()
    always: bool = False


class PrintedAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """All that the document says, in its order."""

    title: str
    name: str
    version: str
    owner: str
    parties: tuple[str, ...]
    agreed: dt.date
    review: dt.date
    ends: dt.date | None
    regime: Regime
    general_roles: tuple[str, ...]
    special_category_condition: str
    policy_document: str
    purposes: dict[str, str]
    gateways: dict[str, str]
    obligations: dict[str, str]
    groups: dict[str, str]
    gives: tuple[PrintedRule, ...]
    withholds: tuple[PrintedRule, ...]
    must_hear: tuple[tuple[str, str], ...]
    unscheme_days: int
    places: tuple[str, ...]
    under: str
    acted_on: dict[str, str]
    """What systems do by an obligation, by its name."""
    facts: dict[str, str]
    categories: dict[str, str]


def printed(agreement: Agreement) -> PrintedAgreement:
    """Return what the document says of an agreement."""
    return PrintedAgreement(
        title=agreement.title,
        name=agreement.name,
        version=agreement.version,
        owner=agreement.owner,
        parties=agreement.parties,
        agreed=agreement.agreed,
        review=agreement.review,
        ends=agreement.ends,
        regime=agreement.regime,
        general_roles=tuple(plain.name_of(role) for role in sorted(agreement.general_roles)),
        special_category_condition=agreement.special_category_condition,
        policy_document=agreement.policy_document,
        purposes=agreement.purposes,
        gateways=agreement.gateways,
        obligations=agreement.obligations,
        groups={
            plain.name_of(name): plain.together([plain.name_of(role) for role in sorted(members)])
            for name, members in agreement.groups.items()
        },
        gives=tuple(_rule(agreement, rule) for rule in agreement.rules if rule.effect == "give"),
        withholds=tuple(_rule(agreement, rule) for rule in agreement.rules if rule.effect == "withhold"),
        must_hear=_must_hear(agreement),
        unscheme_days=agreement.unscheme_days,
        places=tuple(place.replace("/", " ") for place in agreement.places),
        under=agreement.under,
        acted_on={word: annexes.acted_on(terms) for word, terms in agreement.terms.items()},
        facts=annexes.facts(agreement),
        categories=annexes.categories(agreement),
    )


def document(agreement: Agreement) -> str:
    """Return an agreement as one HTML document that needs nothing besides itself."""
    return page("agreement.html", printed(agreement))


def _rule(agreement: Agreement, rule: Rule) -> PrintedRule:
    return PrintedRule(
        id=rule.id,
        sentence=plain.sentence(rule, agreement.groups),
        because=rule.because,
        purpose=agreement.purposes.get(rule.purpose, ""),
        gateway=agreement.gateways.get(rule.gateway, ""),
        obligations=tuple(agreement.obligations[word] for word in rule.obligations),
        always=rule.always,
    )


def _must_hear(agreement: Agreement) -> tuple[tuple[str, str], ...]:
    """Return each event type with the roles that must hear of it."""
    by_kind: dict[str, list[str]] = {}
    for kind, role in agreement.requires:
        by_kind.setdefault(kind, []).append(plain.name_of(role))
    return tuple((kind, plain.together(roles)) for kind, roles in by_kind.items())
