"""Turns one document into an agreement, noting every problem on the way."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, get_args

from hub.document import Address, Document
from hub.policy.facts import AT, CONCERNED_IN_FULL, RELATION, mask_of
from hub.policy.form import Form
from hub.policy.model import Agreement, Line, Regime, Rule
from hub.policy.phrases import Phrases, listed
from hub.policy.terms import SAYS, read_terms
from schemas.canonical import digest
from schemas.labels import Role
from schemas.terms import Terms

_TOP = {
    "agreement",
    "title",
    "owner",
    "parties",
    "agreed",
    "review",
    "ends",
    "regime",
    "general-regime",
    "special-categories",
    "purposes",
    "gateways",
    "obligations",
    "groups",
    "people-on-no-scheme-days",
    "places",
    "under",
    "must-hear",
    "rules",
}
_TOP_REQUIRED = {
    "agreement",
    "title",
    "owner",
    "parties",
    "agreed",
    "review",
    "regime",
    "purposes",
    "gateways",
    "rules",
}
_TEXTS = ("agreement", "title", "owner", "under")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_BOTH = {"id", "about", "when", "unless", "except", "because"}
_GIVE = {"give", "to", "purpose", "gateway"}
_WITHHOLD = {"withhold", "from"}
_GIVE_KNOWN = _BOTH | _GIVE | {"oblige", "accompanies"}
_WITHHOLD_KNOWN = _BOTH | _WITHHOLD | {"always", "purpose", "gateway"}
NO_SCHEME_DAYS = 90


class Reader:
    """Reads one agreement; what is wrong is noted in the document, which raises it."""

    def __init__(self, document: Document) -> None:
        """Take a document that was read."""
        self.document = document
        self.phrases, self.form = Phrases(document), Form(document)
        self.top: dict[str, Any] = document.value if isinstance(document.value, dict) else {}

    def agreement(self) -> Agreement:
        """Return the agreement; of no use where the document has problems."""
        top = self.top
        if not top:
            self.document.wrong((), "an agreement is a mapping that begins with 'agreement: its-name'")
            self.document.finish()
        self.form.words((), top, _TOP, required=_TOP_REQUIRED)
        self._said()
        if "regime" in top and top["regime"] not in get_args(Regime):
            self.document.unknown(("regime",), "regime", str(top["regime"]), get_args(Regime))
        self.phrases.later = frozenset(map(str, self._mapping("groups")))
        for name, members in self._mapping("groups").items():
            self.phrases.group(("groups", name), str(name), members)
        for index, place in enumerate(self._list("places")):
            self.phrases.place(("places", index), str(place))
        special = self._mapping("special-categories")
        if special:
            self.form.words(
                ("special-categories",),
                special,
                {"condition", "policy-document"},
                required={"condition", "policy-document"},
            )
        return Agreement(
            name=str(top.get("agreement")),
            title=str(top.get("title")),
            owner=str(top.get("owner")),
            parties=tuple(map(str, self._list("parties"))),
            agreed=self._date("agreed"),
            review=self._date("review"),
            ends=self._date("ends") if "ends" in top else None,
            regime=top.get("regime", "general"),
            special_category_condition=str(special.get("condition") or ""),
            policy_document=str(special.get("policy-document") or ""),
            purposes=self._texts("purposes"),
            gateways=self._texts("gateways"),
            obligations=self._texts("obligations"),
            terms=self._terms(),
            places=self.phrases.places,
            under=str(top.get("under") or ""),
            unscheme_days=self._days(),
            version=digest(top).hex(),
            rules=self._rules(),
            requires=self._requires(),
            groups=self.phrases.groups,
            general_roles=self.phrases.roles(("general-regime",), top["general-regime"])
            if "general-regime" in top
            else frozenset(),
        )

    def _said(self) -> None:
        """Look whether what is to be a text is one: what an agreement says of itself is printed and cited."""
        for key in _TEXTS:
            self.form.text((key,), self.top.get(key))
        for index, party in enumerate(self._list("parties")):
            self.form.text(("parties", index), party, empty=False)
        for key in ("special-categories", "purposes", "gateways", "obligations"):
            for word, said in self._mapping(key).items():
                if not (key == "obligations" and isinstance(said, dict) and said):
                    self.form.text((key, word), said, empty=key == "special-categories")
        name = self.top.get("agreement")
        if isinstance(name, str) and name and not _NAME.fullmatch(name):
            self.document.wrong(("agreement",), "a name has letters, digits, '-', '_' and '.', and begins with no sign")

    def _rules(self) -> tuple[Rule, ...]:
        seen: set[str] = set()
        rules = []
        for index, raw in enumerate(self._list("rules")):
            at = ("rules", index)
            if not isinstance(raw, dict):
                self.document.wrong(at, "a rule is a mapping")
                continue
            name = str(raw.get("id"))
            if name in seen:
                self.document.wrong((*at, "id"), f"the id '{name}' stands twice")
            seen.add(name)
            if ("give" in raw) == ("withhold" in raw):
                both = "has both 'give' and 'withhold'" if "give" in raw else "has neither 'give' nor 'withhold'"
                self.document.wrong(at, f"a rule either gives or withholds, and this one {both}")
                continue
            for key in ("id", "because"):
                self.form.text((*at, key), raw.get(key))
            rules.append(self._give(at, raw) if "give" in raw else self._withhold(at, raw))
        return tuple(rules)

    def _give(self, at: Address, raw: dict[str, Any]) -> Rule:
        self.form.words(at, raw, _GIVE_KNOWN, required=_GIVE | {"id"}, elsewhere=_WITHHOLD_KNOWN)
        self._grounds(at, raw)
        obligations = tuple(map(str, listed(raw.get("oblige") or [])))
        for word in obligations:
            self._known((*at, "oblige"), "obligation", word, self._texts("obligations"), present=True)
        when = self.phrases.lines((*at, "when"), raw.get("when") or {}, not_knowing="opens")
        accompanies = self._flag((*at, "accompanies"), raw.get("accompanies", False))
        if not accompanies and not any(line.fact == RELATION for line in when):
            when = (Line(RELATION, CONCERNED_IN_FULL), *when)
        if self.phrases.places and not any(line.fact == AT for line in when):
            when = (*when, Line(AT, mask_of("at", self.phrases.places)))
        return Rule(
            id=str(raw.get("id")),
            effect="give",
            roles=self._parties(at, raw, "to"),
            targets=self.phrases.targets((*at, "give"), raw["give"], gives=True),
            types=self.phrases.types((*at, "about"), raw.get("about")),
            when=when,
            unless=self.phrases.exceptions((*at, "unless"), raw.get("unless"), not_knowing="closes"),
            purpose=str(raw.get("purpose")),
            gateway=str(raw.get("gateway")),
            obligations=obligations,
            accompanies=accompanies,
            because=str(raw.get("because", "")),
        )

    def _withhold(self, at: Address, raw: dict[str, Any]) -> Rule:
        self.form.words(at, raw, _WITHHOLD_KNOWN, required=_WITHHOLD | {"id"}, elsewhere=_GIVE_KNOWN)
        self._grounds(at, raw)
        return Rule(
            id=str(raw.get("id")),
            effect="withhold",
            roles=self._parties(at, raw, "from"),
            targets=self.phrases.targets((*at, "withhold"), raw["withhold"], gives=False),
            types=self.phrases.types((*at, "about"), raw.get("about")),
            when=self.phrases.lines((*at, "when"), raw.get("when") or {}, not_knowing="closes"),
            unless=self.phrases.exceptions((*at, "unless"), raw.get("unless"), not_knowing="opens"),
            always=self._flag((*at, "always"), raw.get("always", False)),
            because=str(raw.get("because", "")),
        )

    def _grounds(self, at: Address, raw: dict[str, Any]) -> None:
        for key in ("purpose", "gateway"):
            self._known((*at, key), key, raw.get(key), self._texts(f"{key}s"), present=key in raw)

    def _parties(self, at: Address, raw: dict[str, Any], key: str) -> frozenset[Role]:
        """Return the roles of a rule. Nothing is ever given to oversight, so "to everyone" leaves it out."""
        named = self.phrases.roles(
            (*at, key), raw.get(key, []), everyone=frozenset(Role) - ({Role.OVERSIGHT} if key == "to" else set())
        )
        spared = self.phrases.roles((*at, "except"), raw["except"]) if "except" in raw else frozenset()
        if named and not named - spared:
            self.document.wrong((*at, "except"), "nobody is left")
        return named - spared

    def _requires(self) -> tuple[tuple[str, Role], ...]:
        pairs: list[tuple[str, Role]] = []
        for index, raw in enumerate(self._list("must-hear")):
            at = ("must-hear", index)
            if not isinstance(raw, dict) or set(raw) != {"about", "roles"}:
                self.document.wrong(at, "says 'about' which events and which 'roles'")
                continue
            kinds, roles = (
                self.phrases.types((*at, "about"), raw["about"]),
                self.phrases.roles((*at, "roles"), raw["roles"]),
            )
            pairs += [(kind, role) for kind in sorted(kinds) for role in sorted(roles)]
        return tuple(pairs)

    def _known(self, at: Address, what: str, word: object, known: dict[str, str], *, present: bool) -> None:
        if present and word and str(word) not in known:
            self.document.unknown(at, what, str(word), known)

    def _flag(self, at: Address, raw: object) -> bool:
        if not isinstance(raw, bool):
            self.document.wrong(at, "is true or false")
        return raw is True

    def _list(self, key: str) -> list[Any]:
        raw = self.top.get(key) or []
        if not isinstance(raw, list):
            self.document.wrong((key,), "is a list")
        return raw if isinstance(raw, list) else []

    def _mapping(self, key: str) -> dict[str, Any]:
        raw = self.top.get(key) or {}
        if not isinstance(raw, dict):
            self.document.wrong((key,), "is a mapping of names")
        return raw if isinstance(raw, dict) else {}

    def _terms(self) -> dict[str, Terms]:
        found: dict[str, Terms] = {}
        for word, said in self._mapping("obligations").items():
            if isinstance(said, dict):
                found[word] = read_terms(self.document, ("obligations", word), said)
        return {word: terms for word, terms in found.items() if terms != Terms()}

    def _texts(self, key: str) -> dict[str, str]:
        raw = self.top.get(key)
        said = raw.items() if isinstance(raw, dict) else ()
        return {str(k): str(v.get(SAYS) if isinstance(v, dict) and key == "obligations" else v) for k, v in said}

    def _date(self, key: str) -> dt.date:
        value = self.top.get(key)
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        if value is not None and value != "":
            self.document.wrong((key,), f"'{key}' is a day such as 2027-03-31, without quotes")
        return dt.date.min

    def _days(self) -> int:
        days = self.top.get("people-on-no-scheme-days", NO_SCHEME_DAYS)
        if not isinstance(days, int) or isinstance(days, bool) or days < 0:
            self.document.wrong(("people-on-no-scheme-days",), "is a whole number of days")
            return NO_SCHEME_DAYS
        return days
